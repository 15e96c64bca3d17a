-- Run by the database's image when it makes the database: who loads owns no table. The rights of sp_loader are
-- given by sp-load --init.
\getenv password SENSORS_PASSWORD
CREATE ROLE sp_loader;
CREATE ROLE sensors LOGIN PASSWORD :'password' IN ROLE sp_loader;
