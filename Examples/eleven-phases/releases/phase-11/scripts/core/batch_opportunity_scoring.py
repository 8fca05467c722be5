import sys

sys.exit("this script is retired: scripts/unified/run_unified_pipeline.py does its work")
