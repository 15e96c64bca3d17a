#!/usr/bin/env python3
"""The version stands in CMakeLists.txt, and everything else that must name it agrees.

usage: version.py SOURCE_DIR TOOL...     (TOOL: path of a built tool)
"""
import pathlib
import re
import subprocess
import sys


def said(source, tools):
    """Where a version is said, and which."""
    yield "debian/changelog", re.match(r"\S+ \(([^)]*)\)", (source / "debian/changelog").read_text()).group(1)
    yield "CHANGELOG.md", re.search(r"^## (\S+)$", (source / "CHANGELOG.md").read_text(), re.MULTILINE).group(1)
    deploy = source / "deploy"
    chart = (deploy / "helm/Chart.yaml").read_text()
    for key in ("version", "appVersion"):
        yield f"Chart.yaml, {key}", re.search(rf'^{key}: "?([^"\s]+)', chart, re.MULTILINE).group(1)
    yield "Containerfile", re.search(r"^ARG VERSION=(\S+)", (deploy / "container/Containerfile").read_text(), re.MULTILINE).group(1)
    for name in ("compose.yaml", "README.md"):
        for version in re.findall(r"sensor-pipeline[:_](\d[\d.]*\d)", (deploy / "container" / name).read_text()):
            yield name, version
    for page in sorted((source / "man").glob("*.[1-9]")):
        for version in re.findall(r'"version":"([^"]*)"', page.read_text()):
            yield page.name, version
    for tool in tools:
        yield tool, subprocess.run([tool, "--version"], check=True, capture_output=True, text=True).stdout.split()[1]


def main():
    source = pathlib.Path(sys.argv[1])
    version = re.search(r"^project\(\S+ VERSION (\S+)", (source / "CMakeLists.txt").read_text(), re.MULTILINE).group(1)
    others = list(said(source, sys.argv[2:]))
    wrong = [(where, other) for where, other in others if other != version]
    for where, other in wrong:
        print(f"{where} says {other}, CMakeLists.txt {version}")
    print(f"{version}: {len(others)} places, {len(wrong)} problems")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
