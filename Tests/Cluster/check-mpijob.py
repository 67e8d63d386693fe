#!/usr/bin/env python3
"""Checks an MPIJob for the fields that kubeflow.org/v2beta1 has and requires.

The lists are written down by hand from the API's types; they are no copy of the published schema. Needs PyYAML.
"""

import pathlib
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


path = sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2] / "launch/kubernetes/mpijob.yaml"
job = yaml.safe_load(pathlib.Path(path).read_text())
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
