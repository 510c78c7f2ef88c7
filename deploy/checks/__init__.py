"""Checks of what operators deploy: the manifests by themselves, against the API's schemas, and against the code.

python -m deploy.checks                         # everything (make manifests)
python -m deploy.checks production FOLDER       # one overlay of your own, before it is applied
python -m deploy.checks render FOLDER           # what `kubectl apply -k` would send
"""
