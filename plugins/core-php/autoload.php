<?php

// Loads the common classes of plugins for shops, and those of the client that the build puts into lib.

declare(strict_types=1);

namespace UsdtShop;

require __DIR__ . '/lib/autoload.php';

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
