<?php

// Asks the gateway for each payment whose webhook has not come: run it every few minutes.
//
//   GATEWAY=… API_KEY=… API_SECRET=… php reconcile.php

declare(strict_types=1);

/** @var Shop $shop */
$shop = require __DIR__ . '/open.php';

try {
    echo $shop->reconcile(), " booked\n";
} catch (UsdtClient\UsdtError $error) {
    // The next run goes on.
    fwrite(STDERR, get_class($error) . ": {$error->getMessage()}\n");
    exit(1);
}
