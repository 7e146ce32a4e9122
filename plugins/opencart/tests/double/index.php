<?php

define('VERSION', '4.1');
require __DIR__ . '/config.php';
require __DIR__ . '/engine.php';
require __DIR__ . '/shop.php';
\Double\serve('Catalog', \Double\shop());
