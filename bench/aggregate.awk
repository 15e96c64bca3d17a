# Count, least, greatest, mean and sample standard deviation (Welford) of columns 7 to 9 by column 2.
BEGIN { FS = OFS = ","; CONVFMT = OFMT = "%.17g" }
NR == 1 { next }
{
  if (!($2 in seen)) { seen[$2]; order[++groups] = $2 }
  for (c = 7; c <= 9; c++) {
    key = $2 SUBSEP c; x = $c + 0
    k = ++n[key]
    if (k == 1) { least[key] = greatest[key] = x }
    else if (x < least[key]) least[key] = x
    else if (x > greatest[key]) greatest[key] = x
    delta = x - mean[key]
    mean[key] += delta / k
    m2[key] += delta * (x - mean[key])
  }
}
END {
  print "sensor_id,statistics"
  for (g = 1; g <= groups; g++) {
    line = order[g]
    for (c = 7; c <= 9; c++) {
      key = order[g] SUBSEP c
      line = line OFS n[key] OFS least[key] OFS greatest[key] OFS mean[key] OFS sqrt(m2[key] / (n[key] - 1))
    }
    print line
  }
}
