#!/usr/bin/env python3
"""Checks an MPIJob for the fields that kubeflow.org/v2beta1 has and requires, and that it makes sense as a whole.

    Tests/Cluster/check-mpijob.py [--schema FILE] [MPIJOB]

FILE is the published definition, manifests/base/kubeflow.org_mpijobs.yaml of github.com/kubeflow/mpi-operator. The lists
below serve without it: they are written down by hand from the API's types. Needs PyYAML.
"""

import argparse
import pathlib
import re
import sys

import yaml

SPEC = {"slotsPerWorker", "runLauncherAsWorker", "runPolicy", "mpiReplicaSpecs", "sshAuthMountPath",
        "launcherCreationPolicy", "mpiImplementation"}
RUN_POLICY = {"cleanPodPolicy", "ttlSecondsAfterFinished", "activeDeadlineSeconds", "backoffLimit",
              "schedulingPolicy", "suspend", "managedBy"}
REPLICA = {"replicas", "template", "restartPolicy"}
CONTAINER = {"name", "image", "command", "args", "env", "resources", "volumeMounts", "securityContext",
             "readinessProbe"}
CHOICES = {
    "launcherCreationPolicy": {"AtStartup", "WaitForWorkersReady"},
    "mpiImplementation": {"OpenMPI", "Intel", "MPICH"},
    "cleanPodPolicy": {"None", "Running", "All"},
    "restartPolicy": {"Never", "OnFailure"},
}

problems = []


def check(condition, message):
    if not condition:
        problems.append(message)


def keys(value, allowed, place):
    check(isinstance(value, dict), f"{place} is no mapping")
    for key in set(value) - allowed:
        problems.append(f"{place} has no field {key}")
    for key in set(value) & set(CHOICES):
        check(value[key] in CHOICES[key], f"{place}.{key} is {value[key]} and not of {sorted(CHOICES[key])}")


TYPES = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool}


def validate(value, schema, place):
    """Checks a value against a schema of the kind that definitions of resources have (OpenAPI v3, structural)."""
    if schema.get("x-kubernetes-int-or-string"):
        check(isinstance(value, (int, str)), f"{place} is neither a number nor a string")
        return
    kind = schema.get("type")
    if kind:
        # A boolean is an integer in Python, and nowhere else.
        is_fitting = isinstance(value, TYPES[kind]) and (kind == "boolean") == isinstance(value, bool)
        check(is_fitting, f"{place} is {value!r} and no {kind}")
        if not is_fitting:
            return
    if "enum" in schema:
        check(value in schema["enum"], f"{place} is {value!r} and not of {schema['enum']}")
    if "pattern" in schema:
        check(re.search(schema["pattern"], str(value)), f"{place} is {value!r} and does not match {schema['pattern']}")
    if "minimum" in schema:
        check(value >= schema["minimum"], f"{place} is {value} and has to be {schema['minimum']} at least")
    if "maximum" in schema:
        check(value <= schema["maximum"], f"{place} is {value} and has to be {schema['maximum']} at most")
    if kind == "array":
        for index, item in enumerate(value):
            validate(item, schema["items"], f"{place}[{index}]")
    if kind != "object":
        return
    for key in schema.get("required", []):
        check(key in value, f"{place} has no {key}")
    members, others = schema.get("properties", {}), schema.get("additionalProperties")
    for key, member in value.items():
        if key in members:
            validate(member, members[key], f"{place}.{key}")
        elif isinstance(others, dict):
            validate(member, others, f"{place}.{key}")
        else:
            # What the definition does not describe at all may hold anything, as metadata does.
            check(not members or schema.get("x-kubernetes-preserve-unknown-fields"), f"{place} has no field {key}")


def published_schema(path):
    definition = yaml.safe_load(pathlib.Path(path).read_text())
    check(definition["spec"]["names"]["kind"] == "MPIJob", f"{path} does not define MPIJobs")
    versions = [version for version in definition["spec"]["versions"] if version["name"] == "v2beta1"]
    return versions[0]["schema"]["openAPIV3Schema"]


def check_pod(pod, place):
    volumes = {volume["name"] for volume in pod.get("volumes", [])}
    check(pod.get("containers"), f"{place} has no containers")
    for container in pod.get("containers", []):
        keys(container, CONTAINER, f"{place}.containers")
        for field in ("name", "image"):
            check(isinstance(container.get(field), str), f"{place}: a container has no {field}")
        for word in container.get("command", []) + container.get("args", []):
            check(isinstance(word, str), f"{place}: the argument {word!r} is no string")
        for variable in container.get("env", []):
            check(isinstance(variable.get("value"), str), f"{place}: {variable} has no string as its value")
        for mount in container.get("volumeMounts", []):
            check(mount["name"] in volumes, f"{place} mounts {mount['name']}, which is no volume of it")


parser = argparse.ArgumentParser()
parser.add_argument("--schema")
parser.add_argument("path", nargs="?", default=pathlib.Path(__file__).parents[2] / "launch/kubernetes/mpijob.yaml")
arguments = parser.parse_args()
path = arguments.path
job = yaml.safe_load(pathlib.Path(path).read_text())
if arguments.schema:
    validate(job, published_schema(arguments.schema), "the job")
keys(job, {"apiVersion", "kind", "metadata", "spec"}, "the job")
check(job.get("apiVersion") == "kubeflow.org/v2beta1", "apiVersion is not kubeflow.org/v2beta1")
check(job.get("kind") == "MPIJob", "kind is not MPIJob")
check(job.get("metadata", {}).get("name"), "metadata.name is missing")
spec = job.get("spec", {})
keys(spec, SPEC, "spec")
keys(spec.get("runPolicy", {}), RUN_POLICY, "spec.runPolicy")
replicas = spec.get("mpiReplicaSpecs", {})
check(set(replicas) == {"Launcher", "Worker"}, "mpiReplicaSpecs are not Launcher and Worker")
check(replicas.get("Launcher", {}).get("replicas") == 1, "there is not one Launcher")
for role, replica in replicas.items():
    keys(replica, REPLICA, role)
    check(isinstance(replica.get("replicas"), int), f"{role}.replicas is no number")
    check_pod(replica.get("template", {}).get("spec", {}), role)

for problem in problems:
    print(f"{path}: {problem}", file=sys.stderr)
sys.exit(65 if problems else 0)
