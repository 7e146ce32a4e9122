<?php

// Runs what is due in the table of OpenCart's cron.

require __DIR__ . '/config.php';
require __DIR__ . '/engine.php';

$registry = \Double\start('Catalog');
$due = $registry->get('db')->query("SELECT * FROM oc_cron WHERE status = 1 AND date_modified < datetime('now', '-1 hour')")->rows;
foreach ($due as $cron) {
    $registry->get('load')->controller($cron['action'], (int) $cron['cron_id'], $cron['code'], $cron['cycle'], '', '');
}
