<?php

// The shop with its settings, from the environment.

declare(strict_types=1);

require __DIR__ . '/../../clients/php/autoload.php';
require __DIR__ . '/Shop.php';

return new Shop(
    getenv('SHOP_DATABASE') ?: __DIR__ . '/shop.sqlite',
    new UsdtClient\Client(getenv('GATEWAY'), getenv('API_KEY'), getenv('API_SECRET'), [
        'user_agent' => 'example-shop/1',
    ]),
    getenv('SHOP_URL') ?: 'http://localhost:9000'
);
