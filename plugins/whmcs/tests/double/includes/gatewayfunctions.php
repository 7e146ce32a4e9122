<?php

use WHMCS\Database\Capsule;

function getGatewayVariables(string $gateway): array
{
    $values = [];
    foreach (Capsule::table('tblpaymentgateways')->where('gateway', $gateway)->get() as $row) {
        $values[$row->setting] = $row->setting === 'api_secret' ? base64_decode($row->value) : $row->value;
    }
    return $values;
}

function logTransaction(string $gateway, $data, string $result): void
{
    $statement = Capsule::connection()->getPdo()->prepare('INSERT INTO tblgatewaylog (gateway, data, result) VALUES (?, ?, ?)');
    $statement->execute([$gateway, json_encode($data), $result]);
}

function checkCbInvoiceID($id, string $gateway): int
{
    if (Capsule::table('tblinvoices')->where('id', $id)->first() === null) {
        exit('Invoice ID Not Found');
    }
    return (int) $id;
}
