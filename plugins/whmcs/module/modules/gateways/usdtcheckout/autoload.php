<?php

// Loads the plugin's classes, and those that the build puts into shop.

declare(strict_types=1);

namespace UsdtCheckout\Whmcs;

require_once __DIR__ . '/shop/autoload.php';

spl_autoload_register(static function (string $class): void {
    $prefix = __NAMESPACE__ . '\\';
    if (strncmp($class, $prefix, strlen($prefix)) !== 0) {
        return;
    }
    $name = substr($class, strlen($prefix));
    $file = __DIR__ . "/src/$name.php";
    if (strpos($name, '\\') === false && is_file($file)) {
        require $file;
    }
});
