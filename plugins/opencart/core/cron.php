<?php

// Asks the gateway for payments that are open. For the cron of a server, every five minutes:
//
//   php PATH/cron.php

if (PHP_SAPI !== 'cli') {
    exit;
}

$isFour = is_file(__DIR__ . '/src/OpenCart4.php');
$_GET = ['route' => $isFour ? 'extension/usdt_checkout/payment/usdt_checkout.scheduled' : 'extension/payment/usdt_checkout/scheduled'];
$_SERVER = [
    'HTTP_HOST' => 'localhost',
    'REMOTE_ADDR' => '127.0.0.1',
    'REQUEST_METHOD' => 'GET',
    'REQUEST_URI' => '/',
    'SERVER_PORT' => '80',
    'PHP_SELF' => '/index.php',
] + $_SERVER;
chdir(dirname(__DIR__, 3));
require './index.php';
