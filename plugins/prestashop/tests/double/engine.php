<?php

// The part of PrestaShop that the module meets, on SQLite. It is as careless as PrestaShop where that matters to
// payments: making an order and changing its state are several steps without a lock, queries and objects are cached for
// the request, and goods move only between the states that PrestaShop's own code names.

namespace {

    define('_PS_VERSION_', '8.2.1');
    define('_DB_PREFIX_', 'ps_');
    define('_PS_MODULE_DIR_', __DIR__ . '/modules/');

    final class Db
    {
        private static $instance;
        private $pdo;
        private $affected = 0;
        private $cache = [];

        public static function getInstance($master = true): self
        {
            return self::$instance = self::$instance ?? new self();
        }

        private function __construct()
        {
            $this->pdo = new PDO('sqlite:' . DB_DATABASE);
            $this->pdo->setAttribute(PDO::ATTR_ERRMODE, PDO::ERRMODE_EXCEPTION);
            $this->pdo->exec('PRAGMA busy_timeout = 20000');
        }

        public function executeS($sql, $array = true, $useCache = true)
        {
            if ($useCache && isset($this->cache[$sql])) {
                return $this->cache[$sql];
            }
            $rows = array_map(static function (array $row): array {
                return array_map(static function ($value): ?string {
                    return $value === null ? null : (string) $value;
                }, $row);
            }, $this->pdo->query(self::translate($sql))->fetchAll(PDO::FETCH_ASSOC));
            return $this->cache[$sql] = $rows;
        }

        public function execute($sql, $useCache = true): bool
        {
            $this->affected = (int) $this->pdo->exec(self::translate($sql));
            return true;
        }

        public function Affected_Rows(): int
        {
            return $this->affected;
        }

        public function Insert_ID(): int
        {
            return (int) $this->pdo->lastInsertId();
        }

        public function escape($value, $html = false): string
        {
            return str_replace("'", "''", $value);
        }

        public function getMsgError(): string
        {
            return '';
        }

        private static function translate(string $sql): string
        {
            $sql = preg_replace('/^INSERT IGNORE/', 'INSERT OR IGNORE', $sql);
            // Indexes and engines are MySQL's.
            $sql = preg_replace('/,\s*KEY \w+ \([^)]*\)/', '', $sql);
            return preg_replace('/\) ENGINE=.*$/', ')', $sql);
        }
    }

    /** Rows as objects, which the request keeps. */
    #[AllowDynamicProperties]
    abstract class ObjectModel
    {
        private static $cache = [];
        public $id;

        public function __construct($id = null)
        {
            if (!$id) {
                return;
            }
            [$table, $key] = static::TABLE;
            $name = "$table $id";
            $row = self::$cache[$name] ?? Db::getInstance()->executeS("SELECT * FROM ps_$table WHERE $key = " . (int) $id)[0] ?? null;
            self::$cache[$name] = $row;
            if ($row !== null) {
                $this->id = (int) $id;
                foreach ($row as $column => $value) {
                    $this->$column = $value;
                }
            }
        }

        public function add(): bool
        {
            $values = $this->columns();
            Db::getInstance()->execute('INSERT INTO ps_' . static::TABLE[0] . ' (' . implode(', ', array_keys($values)) . ')
                VALUES (' . implode(', ', $values) . ')');
            $this->id = Db::getInstance()->Insert_ID();
            return true;
        }

        public function update(): bool
        {
            $set = [];
            foreach ($this->columns() as $name => $value) {
                $set[] = "$name = $value";
            }
            [$table, $key] = static::TABLE;
            Db::getInstance()->execute("UPDATE ps_$table SET " . implode(', ', $set) . " WHERE $key = " . (int) $this->id);
            unset(self::$cache["$table $this->id"]);
            return true;
        }

        public function delete(): bool
        {
            [$table, $key] = static::TABLE;
            return Db::getInstance()->execute("DELETE FROM ps_$table WHERE $key = " . (int) $this->id);
        }

        /** @return array<string, string> */
        private function columns(): array
        {
            $known = array_column(Db::getInstance()->executeS('PRAGMA table_info(ps_' . static::TABLE[0] . ')'), 'name');
            $values = [];
            foreach (array_intersect_key(get_object_vars($this), array_flip($known)) as $name => $value) {
                if ($name !== static::TABLE[1]) {
                    $value = is_array($value) ? reset($value) : $value;
                    $value = is_bool($value) ? (int) $value : $value;
                    $values["`$name`"] = $value === null ? 'NULL' : "'" . Db::getInstance()->escape((string) $value) . "'";
                }
            }
            return $values;
        }
    }

    final class Customer extends ObjectModel
    {
        protected const TABLE = ['customer', 'id_customer'];
    }

    final class Currency extends ObjectModel
    {
        protected const TABLE = ['currency', 'id_currency'];

        public static function getPaymentCurrencies($idModule, $idShop = null): array
        {
            return Db::getInstance()->executeS("SELECT c.* FROM ps_module_currency m JOIN ps_currency c ON c.id_currency = m.id_currency
                WHERE c.active = 1 AND m.id_module = $idModule ORDER BY c.iso_code");
        }
    }

    final class Language extends ObjectModel
    {
        protected const TABLE = ['lang', 'id_lang'];

        public static function getIDs($active = true): array
        {
            return array_map('intval', array_column(Db::getInstance()->executeS('SELECT id_lang FROM ps_lang'), 'id_lang'));
        }
    }

    final class Shop extends ObjectModel
    {
        protected const TABLE = ['shop', 'id_shop'];
        public const CONTEXT_SHOP = 1;

        public static $contextId;

        public static function setContext($type, $id = null): void
        {
            self::$contextId = $id;
        }

        public function getBaseURL($ssl = false): string
        {
            return $this->url;
        }
    }

    final class OrderState extends ObjectModel
    {
        protected const TABLE = ['order_state', 'id_order_state'];
    }

    final class OrderPayment extends ObjectModel
    {
        protected const TABLE = ['order_payment', 'id_order_payment'];

        public static function getByOrderReference($reference): array
        {
            return array_map(static function (array $row): self {
                return new self($row['id_order_payment']);
            }, Db::getInstance()->executeS("SELECT id_order_payment FROM ps_order_payment WHERE order_reference = '$reference'", true, false));
        }
    }

    final class CustomerThread extends ObjectModel
    {
        protected const TABLE = ['customer_thread', 'id_customer_thread'];

        public static function getIdCustomerThreadByEmailAndIdOrder($email, $orderId)
        {
            $rows = Db::getInstance()->executeS("SELECT id_customer_thread FROM ps_customer_thread
                WHERE email = '$email' AND id_order = $orderId", true, false);
            return $rows[0]['id_customer_thread'] ?? false;
        }
    }

    final class CustomerMessage extends ObjectModel
    {
        protected const TABLE = ['customer_message', 'id_customer_message'];
    }

    final class Order extends ObjectModel
    {
        protected const TABLE = ['orders', 'id_order'];

        public function hasInvoice(): bool
        {
            return (int) $this->invoice_number > 0;
        }

        public function addOrderPayment($amount, $method = null, $transaction = null): bool
        {
            $payment = new OrderPayment();
            $payment->order_reference = $this->reference;
            $payment->amount = $amount;
            $payment->transaction_id = $transaction;
            return $payment->add();
        }
    }

    final class OrderHistory extends ObjectModel
    {
        protected const TABLE = ['order_history', 'id_order_history'];

        public function changeIdOrderState($state, $order, $useExistingPayment = false): void
        {
            Double\breakOff('before');
            [$new, $old] = [new OrderState($state), new OrderState($order->current_state)];
            $back = [(int) Configuration::get('PS_OS_ERROR'), (int) Configuration::get('PS_OS_CANCELED')];
            foreach (Db::getInstance()->executeS("SELECT * FROM ps_order_detail WHERE id_order = $order->id") as $bought) {
                $change = 0;
                if ($new->logable && !$old->logable && in_array($old->id, $back, true)) {
                    $change = -$bought['product_quantity'];
                } elseif (!$new->logable && in_array($new->id, $back, true) && ($old->logable || !in_array($old->id, $back, true))) {
                    $change = +$bought['product_quantity'];
                }
                StockAvailable::updateQuantity($bought['product_id'], $bought['product_attribute_id'], $change, $order->id_shop);
            }
            Double\breakOff('middle');
            $order->current_state = $new->id;
            $order->valid = $new->logable;
            if ($new->invoice && !$order->invoice_number && Configuration::get('PS_INVOICE')) {
                $order->invoice_number = $order->id;
            }
            $order->update();
            if ($new->paid && $order->invoice_number) {
                $order->addOrderPayment($order->total_paid);
            }
            $this->id_order_state = $new->id;
            Double\breakOff('after');
        }

        public function addWithemail($autodate = true): bool
        {
            $this->date_add = date('Y-m-d H:i:s');
            $this->add();
            $state = new OrderState($this->id_order_state);
            if ($state->send_email) {
                Double\mail((new Customer((new Order($this->id_order))->id_customer))->email, 'state', "$state->name, shop " . Context::getContext()->shop->id . '/' . Shop::$contextId);
            }
            return true;
        }
    }

    final class StockAvailable
    {
        public static function getQuantityAvailableByProduct($product, $attribute = null, $shop = null): int
        {
            return (int) Db::getInstance()->executeS("SELECT quantity FROM ps_stock_available WHERE id_product = $product", true, false)[0]['quantity'];
        }

        public static function outOfStock($product, $shop = null): int
        {
            return (int) Db::getInstance()->executeS("SELECT out_of_stock FROM ps_stock_available WHERE id_product = $product", true, false)[0]['out_of_stock'];
        }

        public static function updateQuantity($product, $attribute, $change, $shop = null): void
        {
            $quantity = self::getQuantityAvailableByProduct($product) + $change;
            Db::getInstance()->execute("UPDATE ps_stock_available SET quantity = $quantity WHERE id_product = $product");
        }
    }

    final class Product
    {
        public static function isAvailableWhenOutOfStock($value): bool
        {
            return $value === 1 || ($value === 2 && Configuration::get('PS_ORDER_OUT_OF_STOCK'));
        }
    }

    final class Cart extends ObjectModel
    {
        public const BOTH = 3;
        protected const TABLE = ['cart', 'id_cart'];

        public function products(): array
        {
            return Db::getInstance()->executeS("SELECT cp.*, p.price FROM ps_cart_product cp
                JOIN ps_product p ON p.id_product = cp.id_product WHERE cp.id_cart = " . (int) $this->id, true, false);
        }

        public function nbProducts(): int
        {
            return count($this->products());
        }

        public function getOrderTotal($tax = true, $type = self::BOTH): float
        {
            return (float) array_sum(array_map(static function (array $row): float {
                return $row['price'] * $row['quantity'];
            }, $this->products()));
        }

        public function getPackageList(): array
        {
            $packages = [];
            foreach ($this->products() as $row) {
                $packages[0][(int) $row['warehouse']][] = $row;
            }
            return $packages;
        }

        public function OrderExists(): bool
        {
            return Db::getInstance()->executeS('SELECT id_order FROM ps_orders WHERE id_cart = ' . (int) $this->id, true, false) !== [];
        }

        public function duplicate(): array
        {
            $copy = new self();
            foreach (['id_customer', 'id_currency', 'id_lang', 'id_shop', 'secure_key'] as $name) {
                $copy->$name = $this->$name;
            }
            $copy->add();
            Db::getInstance()->execute("INSERT INTO ps_cart_product (id_cart, id_product, quantity, warehouse)
                SELECT $copy->id, id_product, quantity, warehouse FROM ps_cart_product WHERE id_cart = $this->id");
            return ['success' => true, 'cart' => $copy];
        }
    }

    final class Configuration
    {
        public static function get($name, $lang = null, $group = null, $shop = null)
        {
            return self::getGlobalValue($name);
        }

        public static function getGlobalValue($name)
        {
            $rows = Db::getInstance()->executeS("SELECT value FROM ps_configuration WHERE name = '$name'", true, false);
            return $rows[0]['value'] ?? false;
        }

        public static function updateGlobalValue($name, $value): bool
        {
            $value = Db::getInstance()->escape(strip_tags((string) $value));
            return Db::getInstance()->execute("REPLACE INTO ps_configuration (name, value) VALUES ('$name', '$value')");
        }

        public static function deleteByName($name): bool
        {
            return Db::getInstance()->execute("DELETE FROM ps_configuration WHERE name = '$name'");
        }
    }

    final class Validate
    {
        public static function isLoadedObject($object): bool
        {
            return is_object($object) && (int) $object->id > 0;
        }
    }

    final class Tools
    {
        public static function getIsset($name): bool
        {
            return isset($_GET[$name]) || isset($_POST[$name]);
        }

        public static function getValue($name, $default = false)
        {
            return $_POST[$name] ?? $_GET[$name] ?? $default;
        }

        public static function getAllValues(): array
        {
            return $_POST + $_GET;
        }

        public static function isSubmit($name): bool
        {
            return self::getIsset($name);
        }

        public static function passwdGen($length = 8): string
        {
            return substr(bin2hex(random_bytes($length)), 0, $length);
        }
    }

    final class Mail
    {
        public static function Send($lang, $template, $subject, $values, $to, $name = null, $from = null, $fromName = null, $file = null, $smtp = null, $path = '')
        {
            $text = file_get_contents("{$path}en/$template.txt");
            return Double\mail($to, $subject, strtr($text, $values)) && is_file("{$path}en/$template.html");
        }
    }

    final class PrestaShopLogger
    {
        public static function addLog($message, $severity = 1, $code = null, $type = null, $id = null, $duplicate = false): bool
        {
            return (bool) file_put_contents(DB_DATABASE . '.log', "$message\n", FILE_APPEND);
        }
    }

    /** The browser keeps it. The real one is encrypted. */
    final class Cookie
    {
        private $values;

        public function __construct()
        {
            $this->values = json_decode(base64_decode($_COOKIE['PrestaShop'] ?? ''), true) ?: [];
        }

        public function __get($name)
        {
            return $this->values[$name] ?? null;
        }

        public function __set($name, $value)
        {
            $this->values[$name] = $value;
        }

        public function write(): void
        {
            setcookie('PrestaShop', base64_encode(json_encode($this->values)), ['path' => '/', 'httponly' => true, 'samesite' => 'Lax']);
        }
    }

    final class Link
    {
        public function getModuleLink($module, $controller = 'default', $params = [], $ssl = null, $lang = null, $shop = null): string
        {
            $lang = $lang ?? Context::getContext()->language->id;
            return $this->to('index.php', ['fc' => 'module', 'module' => $module, 'controller' => $controller] + $params + ['id_lang' => $lang]);
        }

        public function getPageLink($controller, $ssl = null, $lang = null, $params = []): string
        {
            return $this->to('index.php', ['controller' => $controller] + $params);
        }

        public function getAdminLink($controller, $token = true, $route = [], $params = []): string
        {
            return $this->to('admin.php', ['controller' => $controller, 'token' => $_GET['token'] ?? ''] + $params);
        }

        private function to(string $script, array $query): string
        {
            return Context::getContext()->shop->url . "$script?" . http_build_query($query);
        }
    }

    #[AllowDynamicProperties]
    final class Context
    {
        private static $instance;

        public static function getContext(): self
        {
            return self::$instance = self::$instance ?? new self();
        }
    }

    final class Hook
    {
        public static function exec($name, $params = [])
        {
            $results = [];
            foreach (Db::getInstance()->executeS("SELECT module FROM ps_hook_module WHERE hook = '$name'", true, false) as $row) {
                $results[] = Module::getInstanceByName($row['module'])->{'hook' . ucfirst($name)}($params);
            }
            return $results;
        }
    }

    abstract class Module
    {
        public $id;
        public $active = false;
        public $name;
        public $tab;
        public $version;
        public $author;
        public $need_instance;
        public $bootstrap;
        public $ps_versions_compliancy;
        public $displayName;
        public $description;
        protected $context;

        public static function getInstanceByName($name): self
        {
            require_once _PS_MODULE_DIR_ . "$name/$name.php";
            return new $name();
        }

        public static function getPermissionStatic($id, $permission): bool
        {
            return ($_COOKIE['employee'] ?? '') === 'admin';
        }

        public function __construct()
        {
            $this->context = Context::getContext();
            $row = Db::getInstance()->executeS("SELECT * FROM ps_module WHERE name = '$this->name'", true, false)[0] ?? null;
            $this->id = (int) ($row['id_module'] ?? 0);
            $this->active = (bool) ($row['active'] ?? false);
        }

        public function install()
        {
            Db::getInstance()->execute("INSERT INTO ps_module (name, active) VALUES ('$this->name', 1)");
            $this->id = Db::getInstance()->Insert_ID();
            return true;
        }

        public function uninstall()
        {
            Db::getInstance()->execute("DELETE FROM ps_module WHERE id_module = $this->id");
            Db::getInstance()->execute("DELETE FROM ps_module_currency WHERE id_module = $this->id");
            return Db::getInstance()->execute("DELETE FROM ps_hook_module WHERE module = '$this->name'");
        }

        public function registerHook($hooks): bool
        {
            foreach ((array) $hooks as $hook) {
                Db::getInstance()->execute("INSERT INTO ps_hook_module (hook, module) VALUES ('$hook', '$this->name')");
            }
            return true;
        }

        public function displayConfirmation($text): string
        {
            return "<div class=\"alert-success\">$text</div>";
        }

        public function displayError($text): string
        {
            return "<div class=\"alert-danger\">$text</div>";
        }
    }

    abstract class PaymentModule extends Module
    {
        public $currencies;
        public $currencies_mode;
        public $currentOrder;

        public function install()
        {
            return parent::install()
                && Db::getInstance()->execute("INSERT INTO ps_module_currency (id_module, id_currency) SELECT $this->id, id_currency FROM ps_currency");
        }

        public function validateOrder($cartId, $state, $amount, $method = '', $message = null, $extra = [], $currency = null, $keep = false, $key = false)
        {
            $cart = new Cart($cartId);
            if ($cart->OrderExists() || $key !== $cart->secure_key) {
                exit('Cart cannot be loaded or an order has already been placed using this cart');
            }
            // PrestaShop needs its time, in which other requests come.
            usleep(50000);
            $order = new Order();
            foreach (['id_customer', 'id_currency', 'id_lang', 'id_shop', 'secure_key'] as $name) {
                $order->$name = $cart->$name;
            }
            $order->id_cart = $cart->id;
            $order->reference = strtoupper(substr(strtr(base64_encode(random_bytes(9)), '+/', 'AB'), 0, 9));
            $order->current_state = $state;
            $order->module = $this->name;
            $order->payment = $method;
            $order->total_paid = number_format($amount, 6, '.', '');
            $order->invoice_number = 0;
            $order->add();
            foreach ($cart->products() as $row) {
                Db::getInstance()->execute("INSERT INTO ps_order_detail (id_order, product_id, product_attribute_id, id_shop, product_quantity)
                    VALUES ($order->id, {$row['id_product']}, 0, 1, {$row['quantity']})");
                StockAvailable::updateQuantity($row['id_product'], 0, -$row['quantity']);
            }
            $history = new OrderHistory();
            $history->id_order = $order->id;
            $history->id_order_state = $state;
            $history->addWithemail();
            Double\mail((new Customer($cart->id_customer))->email, 'order_conf', $order->reference);
            $this->currentOrder = $order->id;
            return true;
        }
    }

    abstract class ModuleFrontController
    {
        public $ssl = false;
        public $module;
        protected $context;

        public function __construct()
        {
            $this->context = Context::getContext();
            $this->module = Module::getInstanceByName($_GET['module']);
        }

        public function run(): void
        {
            if (!Configuration::get('PS_SHOP_ENABLE')) {
                $this->displayMaintenancePage();
            }
            // Where the visitor's country is one that the shop does not serve.
            if (Configuration::get('PS_GEOLOCATION_ENABLED')) {
                $this->displayRestrictedCountryPage();
            }
            $this->postProcess();
        }

        public function postProcess()
        {
        }

        protected function displayMaintenancePage()
        {
            http_response_code(503);
            exit('maintenance');
        }

        protected function displayRestrictedCountryPage()
        {
            http_response_code(403);
            exit('restricted');
        }
    }
}

namespace PrestaShop\PrestaShop\Core\Payment {

    final class PaymentOption
    {
        public $values = [];

        public function setModuleName($name): self
        {
            $this->values['module'] = $name;
            return $this;
        }

        public function setCallToActionText($text): self
        {
            $this->values['text'] = $text;
            return $this;
        }

        public function setAction($action): self
        {
            $this->values['action'] = $action;
            return $this;
        }
    }
}

namespace Double {

    function mail(string $to, string $subject, string $text): bool
    {
        return (bool) file_put_contents(DB_DATABASE . '.mails', "To: $to\nSubject: $subject\n\n$text\n", FILE_APPEND);
    }

    /** Lets a request break off where a test says: nothing behind it runs, no `finally` either. */
    function breakOff(string $when): void
    {
        $database = \Db::getInstance();
        $database->execute("DELETE FROM ps_usdt_test WHERE crash = '$when'");
        if ($database->Affected_Rows() > 0) {
            exit;
        }
    }

    function start(): \Context
    {
        $context = \Context::getContext();
        $context->cookie = new \Cookie();
        $context->shop = new \Shop(1);
        $context->link = new \Link();
        $context->language = new \Language((int) ($_GET['id_lang'] ?? 1) ?: 1);
        $context->customer = new \Customer($context->cookie->id_customer);
        $cart = new \Cart($context->cookie->id_cart);
        $context->cart = $cart->id && $cart->OrderExists() ? new \Cart() : $cart;
        $context->currency = new \Currency($context->cookie->id_currency ?: 1);
        return $context;
    }
}
