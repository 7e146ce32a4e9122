<?php

// WHMCS's cron.

require __DIR__ . '/init.php';

run_hook('AfterCronJob', []);
