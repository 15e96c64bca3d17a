#!/usr/bin/env python3
"""What no schema of Kubernetes knows of a rendered chart: that its parts find each other, and each libpq's words.

usage: rendered.py CHART.yaml VALUES.yaml     (CHART: what helm template printed; VALUES: what it was given)
"""
import configparser
import sys

import yaml


def pods(documents):
    for document in documents:
        if document["kind"] in ("Deployment", "Job"):
            yield document, document["spec"]["template"]


def problems_of_names(documents, values):
    made = {(document["kind"], document["metadata"]["name"]) for document in documents}
    if len(made) != len(documents):
        yield "two documents have one name"
    made |= {("Secret", values.get("database", {}).get("existingSecret")),
             ("PersistentVolumeClaim", values.get("volume", {}).get("existingClaim"))}
    for owner, pod in pods(documents):
        volumes = {volume["name"]: volume for volume in pod["spec"]["volumes"]}
        for volume in volumes.values():
            asked = {("Secret", volume.get("secret", {}).get("secretName")), ("ConfigMap", volume.get("configMap", {}).get("name")),
                     ("PersistentVolumeClaim", volume.get("persistentVolumeClaim", {}).get("claimName"))}
            for kind, name in asked - made:
                if name:
                    yield f"{owner['kind']} wants {kind} {name}, which nobody makes"
        for container in pod["spec"]["containers"]:
            for mount in container["volumeMounts"]:
                if mount["name"] not in volumes:
                    yield f"{container['name']} mounts {mount['name']}, which is no volume"
        wanted = owner["spec"].get("selector", {}).get("matchLabels", {})
        if wanted.items() - pod["metadata"]["labels"].items():
            yield f"{owner['kind']} does not select its own pods"


def problems_of_watcher(documents, values):
    [deployment] = [document for document in documents if document["kind"] == "Deployment"]
    [job] = [pod for document, pod in pods(documents) if document["kind"] == "Job"]
    selector = deployment["spec"]["selector"]["matchLabels"]
    if selector.items() <= job["metadata"]["labels"].items():
        yield "the deployment selects the pod of the job"
    containers = deployment["spec"]["template"]["spec"]["containers"]
    command = containers[0]["command"]
    wanted = [*values.get("watchArgs", []), "/var/lib/sensors", "--", "sp-pipeline", *values.get("pipelineArgs", []), "{}"]
    if command[-len(wanted):] != wanted:
        yield f"the watcher runs {command}"
    if len(containers) != (2 if values.get("metrics", {}).get("enabled") else 1):
        yield f"{len(containers)} containers"
    environment = {entry["name"]: entry["value"] for entry in containers[0]["env"]}
    for name, value in values.get("env", {}).items():
        if environment.get(name) != str(value):
            yield f"{name} is {environment.get(name)!r}"


def problems_of_data(documents, values):
    for document in documents:
        if document["kind"] == "ConfigMap" and document["data"] != values["schemas"]:
            yield f"the schemas are {document['data']}"
        if document["kind"] != "Secret":
            continue
        watch = {"host": "postgresql", "dbname": "sensors", "user": "sensors", **values.get("database", {}).get("watch", {})}
        init = {**watch, "user": "postgres", **values.get("database", {}).get("init", {})}
        for key, wanted in (("watch", watch), ("init", init)):
            service = configparser.ConfigParser(interpolation=None, delimiters=("=",), comment_prefixes=("#",))
            service.read_string(document["stringData"][key])
            if dict(service["sensors"]) != {name: str(value) for name, value in wanted.items()}:
                yield f"the service of {key} is {dict(service['sensors'])}"


def main():
    documents = [document for document in yaml.safe_load_all(open(sys.argv[1], encoding="utf-8")) if document]
    values = yaml.safe_load(open(sys.argv[2], encoding="utf-8"))
    problems = [problem for check in (problems_of_names, problems_of_watcher, problems_of_data)
                for problem in check(documents, values)]
    for problem in problems:
        print(problem)
    print(f"{len(documents)} documents, {len(problems)} problems")
    return 1 if problems or not documents else 0


if __name__ == "__main__":
    sys.exit(main())
