"""A real Apache Kafka of one node, for developers, tests and continuous integration.

The broker's jars come from Maven Central, by a `pom.xml` for each release that we hold ourselves to (`jars`); `node`
runs one of them on loopback. Nothing of it runs in production, where Kafka is somebody's cluster.
"""
