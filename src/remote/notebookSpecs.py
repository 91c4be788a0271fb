"""Which kernels there are to start. A part of notebookServer.py."""

import glob
import os
import re
import sys

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager, NoSuchKernel


class Specs(KernelSpecManager):
    """The registered kernels, and every Python environment of the usual places that has ipykernel."""

    def environments(self):
        home = os.path.expanduser("~")
        folder = os.environ.get("TRAINYARD_FOLDER") or home
        places = [os.path.join(folder, name) for name in (".venv", "venv", "env")]
        places += sorted(glob.glob(os.path.join(home, ".virtualenvs", "*")) + glob.glob("/venv/*"))
        for conda in ("miniconda3", "anaconda3", "miniforge3", "mambaforge", "micromamba"):
            places += [os.path.join(home, conda)] + sorted(glob.glob(os.path.join(home, conda, "envs", "*")))
        for conda in ("/opt/conda", "/opt/miniconda3", "/opt/anaconda3", "/opt/miniforge3", "/opt/pytorch"):
            places += [conda] + sorted(glob.glob(os.path.join(conda, "envs", "*")))
        places += ["/usr/local", "/usr"]
        found = {}
        for place in places:
            python = os.path.join(place, "bin", "python3")
            if not os.path.exists(python) or os.path.realpath(place) == os.path.realpath(sys.prefix):
                continue
            packages = glob.glob(os.path.join(place, "lib", "python3*", "*-packages", "ipykernel"))
            packages += glob.glob(os.path.join(place, "lib", "python3", "dist-packages", "ipykernel"))
            if packages:
                found["trainyard-" + re.sub(r"[^a-z0-9]+", "-", place.lower()).strip("-")] = place
        return dict(list(found.items())[:40])

    def find_kernel_specs(self):
        return {**self.environments(), **super().find_kernel_specs()}

    def get_kernel_spec(self, kernel_name):
        place = self.environments().get(kernel_name)
        if place is None:
            return super().get_kernel_spec(kernel_name)
        python = os.path.join(place, "bin", "python3")
        shown = os.path.basename(place) if place.startswith("/usr") else place.replace(os.path.expanduser("~"), "~", 1)
        return KernelSpec(
            argv=[python, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            display_name="Python 3 (%s)" % shown,
            language="python",
            resource_dir=place,
        )

    def get_all_specs(self):
        specs = {}
        for name in self.find_kernel_specs():
            try:
                spec = self.get_kernel_spec(name)
            except (NoSuchKernel, OSError, ValueError):
                continue
            specs[name] = {"resource_dir": spec.resource_dir, "spec": spec.to_dict()}
        return specs
