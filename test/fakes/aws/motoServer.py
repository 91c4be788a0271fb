"""moto at an address of its own: prints its port once it listens, and ends when its standard input does."""

import os
import sys
import zlib
from fnmatch import fnmatchcase

from moto.core.responses import ActionResult
from moto.ec2 import utils
from moto.ec2.models import amis
from moto.sagemaker.exceptions import ValidationError
from moto.sagemaker.responses import SageMakerResponse
from moto.server import ThreadedMotoServer

exactly = utils.instance_value_in_filter_values


def as_ec2_filters(value, wanted):
    """EC2 takes * and ? in the values of each filter, moto only in those of tags."""
    if isinstance(value, str):
        return any(fnmatchcase(value, pattern) for pattern in wanted)
    return exactly(value, wanted)


utils.instance_value_in_filter_values = as_ec2_filters


def learning_image(name, day, architecture="x86_64"):
    """One of AWS's Deep Learning AMIs."""
    return {
        "ami_id": f"ami-{zlib.crc32(name.encode() + day.encode()):08x}",
        "architecture": architecture,
        "creation_date": f"{day[:4]}-{day[4:6]}-{day[6:]}T00:00:00.000Z",
        "description": name,
        "hypervisor": "xen",
        "image_type": "machine",
        "name": f"{name} {day}",
        "owner_id": "898082745236",
        "platform": None,
        "public": True,
        "root_device_name": "/dev/sda1",
        "root_device_type": "ebs",
        "sriov": "simple",
        "state": "available",
        "tags": {},
        "virtualization_type": "hvm",
    }


amis.AMIS.extend(
    [
        learning_image("Deep Learning OSS Nvidia Driver AMI GPU PyTorch 2.9 (Ubuntu 24.04)", "20260103"),
        learning_image("Deep Learning OSS Nvidia Driver AMI GPU PyTorch 2.9 (Ubuntu 24.04)", "20260317"),
        learning_image("Deep Learning OSS Nvidia Driver AMI GPU PyTorch 2.10 (Ubuntu 24.04)", "20260401"),
        learning_image("Deep Learning OSS Nvidia Driver AMI GPU TensorFlow 2.18 (Ubuntu 22.04)", "20260301"),
        learning_image("Deep Learning Base OSS Nvidia Driver GPU AMI (Ubuntu 22.04)", "20260320"),
        learning_image("Deep Learning Proprietary Nvidia Driver AMI GPU PyTorch 2.3 (Ubuntu 20.04)", "20250101"),
        learning_image("Deep Learning ARM64 AMI OSS Nvidia Driver GPU PyTorch 2.9 (Ubuntu 24.04)", "20260317", "arm64"),
    ]
)

def update_notebook_instance(response):
    """Only the lifecycle configuration, of an instance that is stopped."""
    backend = response.sagemaker_backend
    instance = backend.get_notebook_instance(response._get_param("NotebookInstanceName"))
    if instance.status not in ("Stopped", "Failed"):
        raise ValidationError(
            message=f"Status ({instance.status}) not in ([Stopped, Failed]). Unable to transition to (Updating) for Notebook Instance ({instance.arn})"
        )
    name = response._get_param("LifecycleConfigName")
    if name is not None:
        backend.describe_notebook_instance_lifecycle_config(name)
        instance.lifecycle_config_name = name
    elif response._get_param("DisassociateLifecycleConfig"):
        instance.lifecycle_config_name = None
    return ActionResult({})


def update_notebook_instance_lifecycle_config(response):
    backend = response.sagemaker_backend
    name = response._get_param("NotebookInstanceLifecycleConfigName")
    backend.describe_notebook_instance_lifecycle_config(name)
    config = backend.notebook_instance_lifecycle_configurations[name]
    config.on_start = response._get_param("OnStart")
    return ActionResult({})


SageMakerResponse.update_notebook_instance = update_notebook_instance
SageMakerResponse.update_notebook_instance_lifecycle_config = update_notebook_instance_lifecycle_config

server = ThreadedMotoServer(ip_address=sys.argv[1], port=0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
os._exit(0)
