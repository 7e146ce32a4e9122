<?php

// Prints all that the shop knows as JSON. What a person has to look at is under `attention`.
//
//   GATEWAY=… API_KEY=… API_SECRET=… php report.php

declare(strict_types=1);

/** @var Shop $shop */
$shop = require __DIR__ . '/open.php';
echo json_encode($shop->report(), JSON_PRETTY_PRINT | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES), "\n";
