<?php

// Parses the plugin's files in this version of PHP, and tries what needs no WordPress.
//
//   php syntax.php, or node ../../../clients/php/tests/php-wasm.mjs 7.4 syntax.php FOLDER-OF-THE-PLUGIN

declare(strict_types=1);

namespace UsdtCheckout\WooCommerce;

error_reporting(-1);
$plugin = dirname(__DIR__);
$bad = 0;
$files = array_merge(glob("$plugin/*.php"), glob("$plugin/src/*.php"));
foreach ($files as $file) {
    try {
        token_get_all(file_get_contents($file), TOKEN_PARSE);
    } catch (\ParseError $error) {
        echo "$file:{$error->getLine()}: {$error->getMessage()}\n";
        $bad++;
    }
}

require "$plugin/src/Amounts.php";
$sums = [
    ['1', '2', '3'],
    ['6.10', '0.1', '6.20'],
    ['999999999.999999', '0.000001', '1000000000.000000'],
    ['0', '0.5', '0.5'],
    ['99', '1', '100'],
];
foreach ($sums as [$left, $right, $sum]) {
    foreach ([[$left, $right], [$right, $left]] as $pair) {
        if (Amounts::add(...$pair) !== $sum) {
            echo implode(' + ', $pair), ' is not ', Amounts::add(...$pair), "\n";
            $bad++;
        }
    }
}
exit($bad === 0 ? 0 : 1);
