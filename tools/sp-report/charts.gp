# One chart of the page, as SVG on standard output, of a file that report.sql wrote into the current folder.
#
#   gnuplot -c charts.gp KIND FILE SINCE UNTIL [ROWS | UNIT]     times in seconds since 1970, UTC
#
# A map has its rows' names, each once, in labels.tsv. Strangers' words come as data or in ARG5, never as commands, and are drawn as they are.
kind = ARG1; file = ARG2; since = ARG3 + 0; until = ARG4 + 0
is_map = kind eq "coverage" || kind eq "reasons"
height = is_map ? 85 + (ARG5 > 30 ? 12 : 16) * ARG5 : 240
height = is_map && height < 150 ? 150 : height
set terminal svg size 960,height dynamic noenhanced font "sans-serif,12" background "#ffffff"
set encoding utf8
set datafile separator "\t" commentschars ""
set object 1 rectangle from graph 0,0 to graph 1,1 behind fillcolor "#ffffff" fillstyle solid noborder
set lmargin at screen 0.19
set rmargin at screen 0.9
set tmargin at screen 1 - 20. / height
set bmargin 4.5
unset key  # titles are what a pointer is told
set border 3
set tics nomirror out scale 0.5
set grid ytics linecolor "#dddddd" linetype 1 linewidth 0.5
set xdata time
set timefmt "%s"
day = 86400
# Of a day that the page cuts the whole is room for what is there of it.
if (kind ne "values") { since = floor(1. * since / day) * day; until = ceil(1. * until / day) * day }
set xrange [since:until]
if (until - since <= 4 * 86400) { set format x "%d %b\n%H:%M" } else { set format x "%d %b\n%Y" }
set xlabel "day (UTC)" offset 0,0.7
ink = "#1f4e79"
# A day is drawn around its middle, a little less wide than it is.
middle(x) = x + day / 2
half = 0.46 * day

if (kind eq "loaded" || kind eq "rejected") {
  column = kind eq "loaded" ? 2 : 3
  set ylabel kind . "\n[rows a day]" offset -2
  set yrange [0:*]
  set format y "%.10g"
  plot file using (middle($1)):column:(2 * half) with boxes title kind fillstyle solid 1 noborder linecolor rgb (kind eq "loaded" ? "#9db8d2" : "#000000")
}
if (is_map) {
  set yrange [ARG5 + 0.5:0.5]
  unset ytics
  unset grid
  set colorbox user origin screen 0.915, screen 65. / height size screen 0.012, screen (height > 300 ? 200. : height - 90.) / height
  if (kind eq "coverage") {
    set cbrange [0:100]
    set cbtics 25
    set cblabel "readings there [%]" offset -1
    # Light where all is well, so that what is missing jumps out, in print too.
    set palette defined (0 "#000000", 1 "#3f5f7f", 60 "#8aa8c4", 100 "#e3ebf2")
  } else {
    set logscale cb
    set cbrange [1:*]
    set cblabel "rows a day" offset -1
    set palette defined (0 "#dfe8f0", 1 "#000000")
  }
  plot file using (middle($2)):1:(middle($2) - half):(middle($2) + half):($1 - 0.44):($1 + 0.44):(valid(3) ? $3 : NaN) \
         with boxxyerror title kind fillstyle solid 1 noborder fillcolor palette, \
       "labels.tsv" using (since):1:4 with labels notitle right offset -0.5,0 noenhanced font ",11"
}
if (kind eq "values") {
  set ylabel ARG5 noenhanced offset -2
  plot file using 2:3:5 with filledcurves title "10 to 90 % of the sensors" fillcolor "#c6d6e6" fillstyle solid 1, \
       "" using 2:3 with lines notitle linecolor "#7f9db9" linewidth 0.7, "" using 2:5 with lines notitle linecolor "#7f9db9" linewidth 0.7, \
       "" using 2:4 with linespoints title "median" linecolor rgb ink linewidth 2 pointtype 7 pointsize 0.3
}
if (kind eq "lag") {
  set ylabel "arrival −\nmeasurement" offset -2
  set logscale y
  set yrange [1:*]
  set ytics ("1 s" 1, "1 min" 60, "1 h" 3600, "1 d" 86400, "30 d" 2592000, "1 y" 31557600, "10 y" 315576000)
  plot file using 1:3:2:4 with yerrorbars title "lag" linecolor rgb ink linewidth 1.5 pointtype 7 pointsize 0.6
}
