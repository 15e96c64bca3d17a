# The Sofia schema's transformation, by position and without a look at quotes or types.
BEGIN { FS = OFS = "," }
NR == 1 {
  print "sensor_id,location,latitude,longitude,ts,pressure,temperature,humidity,type,source"
  next
}
{ printf "%s,%s,%s,%s,%sZ,%.4f,%.2f,%.2f,BME280,sensor.community\n", $2, $3, $4, $5, $6, $7 / 100, $8, $9 }
