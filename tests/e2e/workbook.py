"""A spreadsheet, as programs write them."""
import datetime
import zipfile


def write_workbook(path):
    """As a spreadsheet program has it: a time is a number of days, in a format of dates; texts are shared."""
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    days = (datetime.datetime(2024, 7, 1, 10) - datetime.datetime(1899, 12, 30)) / datetime.timedelta(days=1)
    header = "".join(f'<c r="{column}1" t="s"><v>{i}</v></c>' for i, column in enumerate("ABC"))
    rows = "".join(f'<row r="{row}"><c r="A{row}"><v>7</v></c><c r="B{row}" s="1"><v>{when!r}</v></c>'
                   f'<c r="C{row}"><v>{value}</v></c></row>'
                   for row, when, value in ((2, days, 20.5), (3, days + 10 / 1440, 21)))
    parts = {
        "[Content_Types].xml":
            f'<Types xmlns="{package}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            + "".join(f'<Override PartName="/xl/{part}" ContentType="application/'
                      f'vnd.openxmlformats-officedocument.spreadsheetml.{kind}+xml"/>'
                      for part, kind in (("workbook.xml", "sheet.main"), ("worksheets/sheet1.xml", "worksheet"),
                                         ("styles.xml", "styles"), ("sharedStrings.xml", "sharedStrings")))
            + "</Types>",
        "_rels/.rels":
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{office}/officeDocument"'
            ' Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml":
            f'<workbook {main} xmlns:r="{office}"><sheets><sheet name="July" sheetId="1" r:id="r1"/></sheets>'
            "</workbook>",
        "xl/_rels/workbook.xml.rels":
            f'<Relationships xmlns="{package}/relationships">'
            f'<Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/>'
            f'<Relationship Id="r2" Type="{office}/styles" Target="styles.xml"/>'
            f'<Relationship Id="r3" Type="{office}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        "xl/styles.xml":
            f'<styleSheet {main}><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="22" applyNumberFormat="1"/>'
            "</cellXfs></styleSheet>",
        "xl/sharedStrings.xml":
            f'<sst {main}>' + "".join(f"<si><t>{name}</t></si>" for name in ("id", "time", "temperature")) + "</sst>",
        "xl/worksheets/sheet1.xml":
            f'<worksheet {main}><sheetData><row r="1">{header}</row>{rows}</sheetData></worksheet>',
    }
    with zipfile.ZipFile(path, "w") as workbook:
        for name, text in parts.items():
            workbook.writestr(name, text)
