#!/bin/sh
# Makes the namespace unless it is there. Finished runs stay in it for 40 days, so
# that the last monthly retrain can be looked at.
set -eu
temporal operator namespace describe -n default >/dev/null 2>&1 ||
  temporal operator namespace create -n default --retention 960h
