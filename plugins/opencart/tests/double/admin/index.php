<?php

define('VERSION', '4.1');
require dirname(__DIR__) . '/config.php';
define('HTTP_CATALOG', HTTP_SERVER);
require dirname(__DIR__) . '/engine.php';
require dirname(__DIR__) . '/administration.php';
\Double\serve('Admin', \Double\administration());
