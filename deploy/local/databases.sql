-- One database a service, as in production; on a laptop one role is enough.
CREATE DATABASE attendance;
CREATE DATABASE enrollment;
CREATE DATABASE identity;
CREATE DATABASE records;
