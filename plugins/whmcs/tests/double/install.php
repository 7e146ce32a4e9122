<?php

// Makes the double's database, with the tables and columns of WHMCS that are used.

require __DIR__ . '/config.php';

$database = new PDO('sqlite:' . DB_DATABASE);
$database->setAttribute(PDO::ATTR_ERRMODE, PDO::ERRMODE_EXCEPTION);
$id = 'INTEGER PRIMARY KEY AUTOINCREMENT';
$tables = [
    'tblconfiguration' => 'setting TEXT PRIMARY KEY, value TEXT',
    'tblpaymentgateways' => 'gateway TEXT, setting TEXT, value TEXT',
    'tblcurrencies' => "id $id, code TEXT",
    'tblclients' => "id $id, email TEXT, currency INT",
    'tblinvoices' => "id $id, userid INT, invoicenum TEXT, total TEXT, status TEXT, paymentmethod TEXT",
    'tblaccounts' => "id $id, invoiceid INT, transid TEXT, amountin TEXT, amountout TEXT, gateway TEXT",
    'tblcredit' => "id $id, clientid INT, amount TEXT",
    'tblgatewaylog' => "id $id, gateway TEXT, data TEXT, result TEXT",
    'usdt_test' => 'crash TEXT',
    'usdt_test_paid' => 'invoiceid INT',
];
$database->exec('PRAGMA journal_mode = WAL');
foreach ($tables as $name => $columns) {
    $database->exec("CREATE TABLE $name ($columns)");
}
$add = $database->prepare('INSERT INTO tblconfiguration (setting, value) VALUES (?, ?)');
$add->execute(['SystemURL', SHOP_URL . '/']);
$add->execute(['Language', 'english']);
foreach (['USD', 'EUR', 'GBP'] as $currency) {
    $database->prepare('INSERT INTO tblcurrencies (code) VALUES (?)')->execute([$currency]);
}
