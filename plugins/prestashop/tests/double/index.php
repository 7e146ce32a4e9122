<?php

// The shop's own pages, as calls.

require __DIR__ . '/config.php';
require __DIR__ . '/engine.php';

$context = Double\start();
$route = ($_GET['fc'] ?? '') === 'module' ? 'module' : ($_GET['controller'] ?? 'index');
switch ($route) {
    case 'module':
        $module = Module::getInstanceByName(basename($_GET['module']));
        $controller = basename($_GET['controller']);
        $file = _PS_MODULE_DIR_ . "$module->name/controllers/front/$controller.php";
        if (!$module->active || !is_file($file)) {
            http_response_code(404);
            exit;
        }
        require $file;
        $class = "{$module->name}{$controller}ModuleFrontController";
        (new $class())->run();
        break;
    case 'cart':
        if (!$context->customer->id) {
            $customer = $context->customer;
            $customer->email = 'ann@buyer.example';
            $customer->secure_key = bin2hex(random_bytes(16));
            $customer->add();
            $context->cookie->id_customer = $customer->id;
        }
        $cart = $context->cart;
        if (!$cart->id) {
            $cart->id_customer = $context->customer->id;
            $cart->id_currency = (int) ($_GET['currency'] ?? 1);
            $cart->id_lang = 1;
            $cart->id_shop = 1;
            $cart->secure_key = $context->customer->secure_key;
            $cart->add();
            $context->cookie->id_cart = $cart->id;
        }
        foreach (explode(',', $_GET['products']) as $warehouse => $product) {
            Db::getInstance()->execute("INSERT INTO ps_cart_product (id_cart, id_product, quantity, warehouse)
                VALUES ($cart->id, " . (int) $product . ", 1, $warehouse)");
        }
        $context->cookie->write();
        echo $cart->id;
        break;
    case 'order':
        $options = array_merge([], ...Hook::exec('paymentOptions', ['cart' => $context->cart]));
        echo json_encode(['options' => array_column($options, 'values'), 'products' => $context->cart->nbProducts()]);
        break;
    case 'order-confirmation':
        $order = new Order((int) $_GET['id_order']);
        if ($order->secure_key !== ($_GET['key'] ?? '') || (int) $order->id_cart !== (int) $_GET['id_cart']) {
            http_response_code(302);
            break;
        }
        echo 'thank you ', implode(Hook::exec('displayPaymentReturn', ['order' => $order]));
}
