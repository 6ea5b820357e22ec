"""House rules of Acme for taskguard."""

from acme_taskguard.crowded_queue import CrowdedQueue
from acme_taskguard.sleep_in_task import SleepInTask

__all__ = ["CrowdedQueue", "SleepInTask"]
