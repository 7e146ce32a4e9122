<?php

// The pages of the back office that the tests open.

require __DIR__ . '/config.php';
require __DIR__ . '/engine.php';

$context = Double\start();
if (!in_array($_COOKIE['employee'] ?? '', ['admin', 'onlooker'], true) || ($_GET['token'] ?? '') !== 'token') {
    http_response_code(403);
    exit;
}
if ($_GET['controller'] === 'AdminOrders') {
    echo implode(Hook::exec('displayAdminOrderMainBottom', ['id_order' => (int) $_GET['id_order']]));
    exit;
}
$module = Module::getInstanceByName('usdtcheckout');
if (isset($_GET['install'])) {
    echo $module->install() ? 'installed' : 'failed';
} elseif (isset($_GET['uninstall'])) {
    echo $module->uninstall() ? 'uninstalled' : 'failed';
} else {
    $content = $module->getContent();
    echo $module->displayName, $module->description, $content;
}
