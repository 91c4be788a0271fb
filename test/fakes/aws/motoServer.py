"""moto at an address of its own: prints its port once it listens, and ends when its standard input does."""

import os
import sys
from fnmatch import fnmatchcase

from moto.ec2 import utils
from moto.server import ThreadedMotoServer

exactly = utils.instance_value_in_filter_values


def as_ec2_filters(value, wanted):
    """EC2 takes * and ? in the values of each filter, moto only in those of tags."""
    if isinstance(value, str):
        return any(fnmatchcase(value, pattern) for pattern in wanted)
    return exactly(value, wanted)


utils.instance_value_in_filter_values = as_ec2_filters

server = ThreadedMotoServer(ip_address=sys.argv[1], port=0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
os._exit(0)
