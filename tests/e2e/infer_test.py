"""Any file, no schema: what `sp-schema infer --source` writes of files as networks publish them loads them, all
into one database, or nothing is written and a line says what to decide."""
import unittest

from workplace import Workplace

# Name, content, what sp-schema says, key, first time, and a few means by quantity and unit.
FILES = [
    ("cards", """UTCDateTime,mac_address,current_temp_f,pressure,pm2_5
2023/02/03T04:05:06z,84:f3:eb:91:44:12,72,1002.1,2.25
2023/02/03T04:07:06z,84:f3:eb:91:44:12,72,1002.1,2.75
""", ["no unit is known of 'current_temp_f'"], "84:f3:eb:91:44:12", "2023-02-03 04:05:06",
     {("pm2_5", "ug/m3"): 2.5, ("pressure", "hPa"): 1002.1, ("current_temp_f", ""): 72}),
    ("buoys", """#YY  MM DD hh mm WDIR WSPD  ATMP   VIS
#yr  mo dy hr mn degT m/s   degC   nmi
2024 03 01 00 50 350  6.0   12.1    MM
2024 03 01 00 40  10  5.0   12.3    MM
""", ["'buoys' \\(constants, key\\)", "no offset and no zone is named"], "buoys", "2024-03-01 00:40:00",
     {("wind_direction", "degree"): 0, ("wind_speed", "m/s"): 5.5, ("ATMP", "degC"): 12.2}),
    ("hours of a day", """# Times in UTC
# STN,YYYYMMDD,   HH,   FH
  260,20240101,   23,   80
  260,20240101,   24,   70
""", ["the names of the columns are those of a comment"], "260", "2024-01-01 23:00:00", {("FH", ""): 75}),
    ("rivers", """# a river
site_no\tdatetime\ttz_cd\t00060
15s\t20d\t6s\t14n
01\t2024-11-03 01:30\tEDT\t3590
01\t2024-11-03 01:30\tEST\t3500
""", ["is read as one of America/New_York"], "01", "2024-11-03 05:30:00", {("00060", ""): 3545}),
    ("stations", """"TOA5","CR1000","12345","prog"
"TIMESTAMP","RECORD","AirTC_Avg","RH"
"TS","RN","Deg C","%"
"","","Avg","Smp"
"2024-01-01 00:10:00",0,5.5,88
"2024-01-01 00:20:00",1,"NAN",90
""", ["no offset and no zone is named"], "stations", "2024-01-01 00:10:00",
     {("AirTC_Avg", "degC"): 5.5, ("humidity", "percent"): 89}),
    ("loggers", """"Plot Title: 7"
"#","Date Time, GMT+02:00","Temp, °C (LGR S/N: 7)","RH, % (LGR S/N: 7)"
1,03/13/24 12:00:00 AM,21,45
2,03/13/24 12:15:00 AM,23,46
""", [], "loggers", "2024-03-12 22:00:00", {("temperature", "degC"): 22, ("humidity", "percent"): 45.5}),
    ("modules", """"Name";"Long";"Lat";"ModuleName";"ModuleType";
"Home";"23.32";"42.69";"Outdoor";"NAModule1";
"Timestamp";"Timezone : Europe/Sofia";"T_out";"Humidity";
1704060000;"2024/01/01 00:00:00";4.5;81
1704060300;"2024/01/01 00:05:00";4.5;82
""", [], "modules", "2023-12-31 22:00:00", {("T_out", ""): 4.5, ("humidity", "percent"): 81.5}),
    ("plugs", """{"Time":"2024-02-03T04:05:06Z","ENERGY":{"Power":12,"Voltage":231},"device":"plug1"}
{"Time":"2024-02-03T04:05:16Z","ENERGY":{"Power":13},"device":"plug1"}
""", ["members of objects are made columns"], "plug1", "2024-02-03 04:05:06",
     {("ENERGY.Power", ""): 12.5, ("ENERGY.Voltage", ""): 231}),
    ("grids", """2024 01 01 00   -17 10172 -9999
2024 01 01 01   -23 -9999 -9999
2024 01 01 02   -20 10174 -9999
""", ["are read as year, month, day and time", "all values are -9999"], "grids", "2024-01-01 00:00:00",
     {("grids_field5", ""): -20, ("grids_field6", ""): 10173}),
    ("decimal commas", """Stationsname;Datum;Uhrzeit (MEZ);Temperatur [°C];Luftdruck
Köln;13.02.2024;7:05;4,5;1.009,2
Köln;13.02.2024;7:15;5,5;998,0
""", ["'MEZ' is read as Etc/GMT-1 all year"], "Köln", "2024-02-13 06:05:00",
     {("temperature", "degC"): 5, ("pressure", "hPa"): 1003.6}),
    ("points", """Samplingpoint,Pollutant,Start,End,Value,ResultTime
BG-1,8,2024-01-01 00:00:00,2024-01-01 01:00:00,21,2024-05-01 00:00:00
BG-1,8,2024-01-01 01:00:00,2024-01-01 02:00:00,-999,2024-05-01 00:00:00
""", ["Pollutant: each row is read as one value of what it names"], "BG-1", "2024-01-01 00:00:00",
     {("8", ""): 21}),
    ("long rows", """location_id,sensors_id,datetime,parameter,units,value
7,31,2024-01-01T01:00:00+01:00,pm25,µg/m³,12
7,31,2024-01-01T02:00:00+01:00,pm25,µg/m³,14
7,32,2024-01-01T01:00:00+01:00,temperature,c,4.5
7,32,2024-01-01T02:00:00+01:00,temperature,c,5.5
""", ["sensors_id: it is of each value and not of a reading"], "7", "2024-01-01 00:00:00",
     {("pm2_5", "ug/m3"): 13, ("temperature", "degC"): 5}),
    ("titles", """Data supplied on 12/1/2024
All data GMT hour ending
,,Nowhere Roadside,,,
Date,time,PM10,status,NO2,status
15-01-2024,01:00,16.5,P,48.5,R
15-01-2024,02:00,18.5,P,55.5,R
""", ["several columns have the name status"], "titles", "2024-01-15 01:00:00",
     {("pm10", "ug/m3"): 17.5, ("NO2", ""): 52}),
]


class Infer(Workplace):
    def infer(self, source, content):
        """The file, its schema, and what was said of it."""
        path, schema = self.base / f"{source}.txt", self.base / f"{source}.schema.json"
        path.write_text(content)
        result = self.run_tool("sp-schema", "infer", "--source", source, str(path))
        schema.write_bytes(result.stdout)
        return str(path), str(schema), result.stderr.decode()

    def test_files_of_many_networks_load_as_they_are(self):
        for source, content, remarks, key, first, means in FILES:
            with self.subTest(source):
                path, schema, said = self.infer(source, content)
                for remark in remarks:
                    self.assertRegex(said, remark)
                if not remarks:
                    self.assertNotIn("zone", said)
                self.run_tool("sp-pipeline", "--quiet", "--schema", schema, path)
                where = f"source = '{source}'"
                self.assertEqual(self.sql(f"SELECT DISTINCT key FROM sp.located_reading WHERE {where}"), [(key,)])
                self.assertEqual(self.sql("SELECT min(ts AT TIME ZONE 'UTC') FROM sp.located_reading"
                                          f" WHERE {where}"), [(first,)])
                for (quantity, unit), mean in means.items():
                    rows = self.sql("SELECT unit, round(avg(mean)::numeric, 6)::float8 FROM sp.daily"
                                    f" WHERE {where} AND quantity = '{quantity}' GROUP BY unit")
                    self.assertEqual([(u, float(m)) for u, m in rows], [(unit, mean)], quantity)
        self.assertEqual(self.count("rejection"), 0)
        self.assert_metrics_are_those_of_the_readings()

    def test_what_cannot_be_known_is_said_and_no_schema_written(self):
        path = self.base / "in.csv"
        path.write_text("a,b\n1,2\n3,5\n")
        result = self.run_tool("sp-schema", "infer", "--source", "clocks", str(path), status=65)
        self.assertEqual(result.stdout, b"")
        self.assertIn("no column says when a row was measured: give one the role time", result.stderr.decode())
        schema = self.base / "in.schema.json"
        schema.write_bytes(self.run_tool("sp-schema", "infer", str(path)).stdout)
        self.assertIn("(role time)", self.run_tool("sp-pipeline", "--schema", str(schema), str(path), status=78).stderr.decode())

    def test_strict_writes_nothing(self):
        path = self.base / "in.csv"
        path.write_text("time,t\n2024-01-01 00:00,1\n")
        self.assertEqual(self.run_tool("sp-schema", "infer", "--strict", str(path), status=65).stdout, b"")


if __name__ == "__main__":
    unittest.main()
