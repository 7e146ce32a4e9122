<?php

use WHMCS\Database\Capsule;

/** Lets a request break off where a test says: nothing behind it runs, no `finally` either. */
function breakOff(string $when): void
{
    if (Capsule::connection()->getPdo()->exec("DELETE FROM usdt_test WHERE crash = '$when'") > 0) {
        exit;
    }
}

function addInvoicePayment($id, $transaction, $amount, $fees, $gateway): bool
{
    breakOff('before');
    $pdo = Capsule::connection()->getPdo();
    $invoice = Capsule::table('tblinvoices')->where('id', $id)->first();
    $paid = array_sum(array_column(Capsule::table('tblaccounts')->where('invoiceid', $id)->get(), 'amountin'));
    $pdo->prepare('INSERT INTO tblaccounts (invoiceid, transid, amountin, amountout, gateway) VALUES (?, ?, ?, ?, ?)')
        ->execute([$id, $transaction, $amount, '0.00', $gateway]);
    breakOff('middle');
    if ($invoice->status === 'Paid') {
        $pdo->prepare('INSERT INTO tblcredit (clientid, amount) VALUES (?, ?)')->execute([$invoice->userid, $amount]);
    } elseif ($paid + $amount >= $invoice->total) {
        $pdo->prepare("UPDATE tblinvoices SET status = 'Paid' WHERE id = ?")->execute([$id]);
        $pdo->prepare('INSERT INTO usdt_test_paid (invoiceid) VALUES (?)')->execute([$id]);
    }
    breakOff('after');
    return true;
}
