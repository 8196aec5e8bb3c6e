"""How each AWS resource type of the program is made in moto, one file per service."""

from shoal_local.moto_resources.made import Clients, Made, Maker
from shoal_local.moto_resources.makers import MAKERS

__all__ = ["MAKERS", "Clients", "Made", "Maker"]
