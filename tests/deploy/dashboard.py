"""The dashboard of deploy/grafana, and its queries as Grafana sends them: first variables, then macros, are put in."""
import json
import re

from workplace import SOURCE

FOLDER = SOURCE / "deploy/grafana"
BOARD = json.loads((FOLDER / "provisioning/dashboards/sensor-pipeline.json").read_text())
PANELS = {panel["title"]: panel for panel in BOARD["panels"]}
VARIABLES = {variable["name"]: variable for variable in BOARD["templating"]["list"]}
# (title of the panel, reference) -> its query.
QUERIES = {(title, target["refId"]): target["rawSql"] for title, panel in PANELS.items() for target in panel["targets"]}
CHOICES = {name: variable["query"] for name, variable in VARIABLES.items() if variable["type"] == "query"}

VARIABLE = re.compile(r"\$\{(\w+):sqlstring\}")
MACRO = re.compile(r"\$(__\w+)\(([^)]*)\)")  # a call within its arguments would end them
INTERVAL = "1h"
SECONDS = {"1h": 3600}


def sqlstring(values, double_quote='"'):
    """Format sqlstring; newer versions of it write a backslash before a double quote."""
    return ",".join("'" + value.replace("'", "''").replace('"', double_quote) + "'" for value in values)


def put_macro(name, arguments, since, until):
    if name == "__timeFrom":
        return f"'{since}'"
    if name == "__timeTo":
        return f"'{until}'"
    if name == "__timeFilter":
        return f"{arguments} BETWEEN '{since}' AND '{until}'"
    if name in ("__timeGroup", "__timeGroupAlias"):
        column, interval = (word.strip(" '") for word in arguments.split(","))
        text = f"floor(extract(epoch from {column})/{SECONDS[interval]})*{SECONDS[interval]}"
        return f'{text} AS "time"' if name.endswith("Alias") else text
    raise AssertionError(f"${name} is no macro of the data source")


def expand(query, since, until, double_quote='"', **chosen):
    """`chosen`: values of variables; of others all, which is put in as it stands."""
    text = VARIABLE.sub(lambda found: sqlstring(chosen[found[1]], double_quote) if found[1] in chosen
                        else VARIABLES[found[1]]["allValue"], query)
    text = text.replace("$__interval", INTERVAL)
    return MACRO.sub(lambda found: put_macro(found[1], found[2], since, until), text)
