<?php

// Makes the double's database, with the tables and columns of OpenCart 4.1 that are used.

require __DIR__ . '/config.php';

$database = new PDO('sqlite:' . DB_DATABASE);
$database->setAttribute(PDO::ATTR_ERRMODE, PDO::ERRMODE_EXCEPTION);
$id = 'INTEGER PRIMARY KEY AUTOINCREMENT';
$tables = [
    'setting' => "setting_id $id, store_id INT, code TEXT, `key` TEXT, value TEXT, serialized INT",
    'extension' => "extension_id $id, extension TEXT, type TEXT, code TEXT",
    'extension_install' => "extension_install_id $id, code TEXT",
    'extension_path' => "extension_path_id $id, extension_install_id INT, path TEXT",
    'event' => "event_id $id, code TEXT, description TEXT, `trigger` TEXT, action TEXT, status INT, sort_order INT",
    'cron' => "cron_id $id, code TEXT, description TEXT, cycle TEXT, action TEXT, status INT, date_added TEXT, date_modified TEXT",
    'session' => 'session_id TEXT PRIMARY KEY, data TEXT',
    'language' => "language_id $id, name TEXT, code TEXT, locale TEXT, sort_order INT, status INT",
    'currency' => "currency_id $id, code TEXT, decimal_place TEXT, value TEXT",
    'order_status' => "order_status_id $id, language_id INT, name TEXT",
    'geo_zone' => "geo_zone_id $id, name TEXT, description TEXT",
    'zone_to_geo_zone' => "zone_to_geo_zone_id $id, geo_zone_id INT, country_id INT, zone_id INT",
    'product' => "product_id $id, model TEXT, quantity INT, minimum INT, subtract INT, stock_status_id INT, shipping INT,
        price TEXT, status INT, date_available TEXT, tax_class_id INT, date_added TEXT, date_modified TEXT",
    'product_description' => 'product_id INT, language_id INT, name TEXT',
    'product_to_store' => 'product_id INT, store_id INT',
    'product_option_value' => "product_option_value_id $id, quantity INT, subtract INT",
    'order' => "order_id $id, customer_id INT, email TEXT, payment_method TEXT, total TEXT, order_status_id INT DEFAULT 0,
        currency_code TEXT, transaction_id TEXT",
    'order_product' => "order_product_id $id, order_id INT, product_id INT, quantity INT",
    'order_option' => "order_option_id $id, order_id INT, order_product_id INT, product_option_value_id INT",
    'order_history' => "order_history_id $id, order_id INT, order_status_id INT, notify INT, comment TEXT, date_added TEXT",
    'user' => "user_id $id, user_group_id INT, username TEXT, password TEXT, email TEXT",
    'user_group' => "user_group_id $id, name TEXT, permission TEXT",
];
$database->exec('PRAGMA journal_mode = WAL');
foreach ($tables as $name => $columns) {
    $database->exec("CREATE TABLE oc_$name ($columns)");
}
$add = static function (string $table, array $row) use ($database): void {
    $marks = implode(', ', array_fill(0, count($row), '?'));
    $columns = implode(', ', array_keys($row));
    $database->prepare("INSERT INTO oc_$table ($columns) VALUES ($marks)")->execute(array_values($row));
};
$states = [1 => 'Pending', 'Processing', 'Shipped', 5 => 'Complete', 8 => 'Denied', 11 => 'Refunded', 14 => 'Expired'];
foreach ($states as $state => $name) {
    $add('order_status', ['order_status_id' => $state, 'language_id' => 1, 'name' => $name]);
}
foreach (['USD', 'EUR', 'GBP'] as $currency) {
    $add('currency', ['code' => $currency, 'decimal_place' => '2', 'value' => '1']);
}
$add('language', ['name' => 'English', 'code' => 'en-gb', 'status' => 1]);
$add('user_group', ['name' => 'Administrator', 'permission' => json_encode([
    'access' => ['marketplace/installer', 'extension/payment', 'sale/order'],
    'modify' => ['marketplace/installer', 'extension/payment', 'sale/order'],
])]);
$add('user', ['user_group_id' => 1, 'username' => 'admin', 'password' => password_hash('secret123', PASSWORD_DEFAULT)]);
$add('setting', ['store_id' => 0, 'code' => 'config', '`key`' => 'config_complete_status', 'value' => '["5","3"]', 'serialized' => 1]);
$add('setting', ['store_id' => 0, 'code' => 'config', '`key`' => 'config_name', 'value' => 'Double', 'serialized' => 0]);
