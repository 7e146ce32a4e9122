<?php

// The part of OpenCart 4.1's engine that the plugin meets, on SQLite. It is as careless as OpenCart where that matters
// to payments: sessions and orders know no locks, and completing an order is several steps.

namespace Opencart\System\Engine {

    class Registry
    {
        private $data = [];

        public function get(string $name): ?object
        {
            return $this->data[$name] ?? null;
        }

        public function set(string $name, object $value): void
        {
            $this->data[$name] = $value;
        }
    }

    class Controller
    {
        protected $registry;

        public function __construct(Registry $registry)
        {
            $this->registry = $registry;
        }

        public function __get(string $name): ?object
        {
            return $this->registry->get($name);
        }
    }

    class Model extends Controller
    {
    }
}

namespace Opencart\System\Library {

    class Mail
    {
        private $parts = [];

        public function __construct(string $engine, array $options)
        {
        }

        public function __call(string $name, array $arguments): void
        {
            $this->parts[$name] = $arguments[0];
        }

        public function send(): void
        {
            mail($this->parts['setTo'], $this->parts['setSubject'], $this->parts['setText'], ['From' => $this->parts['setFrom']]);
        }
    }
}

namespace Double {

    use Opencart\System\Engine\Model;
    use Opencart\System\Engine\Registry;

    final class Database
    {
        private $pdo;
        private $affected = 0;

        public function __construct()
        {
            $this->pdo = new \PDO('sqlite:' . DB_DATABASE);
            $this->pdo->setAttribute(\PDO::ATTR_ERRMODE, \PDO::ERRMODE_EXCEPTION);
            $this->pdo->exec('PRAGMA busy_timeout = 20000');
        }

        public function query(string $sql): object
        {
            $statement = $this->pdo->query(self::translate($sql));
            $rows = $statement->columnCount() > 0 ? $statement->fetchAll(\PDO::FETCH_ASSOC) : [];
            $this->affected = $statement->rowCount();
            $text = static function ($value): ?string {
                return $value === null ? null : (string) $value;
            };
            $rows = array_map(static function (array $row) use ($text): array {
                return array_map($text, $row);
            }, $rows);
            return (object) ['rows' => $rows, 'row' => $rows[0] ?? [], 'num_rows' => count($rows)];
        }

        public function escape(string $value): string
        {
            return str_replace("'", "''", $value);
        }

        public function countAffected(): int
        {
            return $this->affected;
        }

        public function getLastId(): int
        {
            return (int) $this->pdo->lastInsertId();
        }

        private static function translate(string $sql): string
        {
            $sql = preg_replace('/^INSERT IGNORE/', 'INSERT OR IGNORE', $sql);
            // Indexes and engines are MySQL's.
            $sql = preg_replace('/,\s*KEY \w+ \([^)]*\)/', '', $sql);
            return preg_replace('/\) ENGINE=.*$/', ')', $sql);
        }
    }

    final class Config
    {
        private $values = [];

        public function get(string $name)
        {
            return $this->values[$name] ?? null;
        }

        public function set(string $name, $value): void
        {
            $this->values[$name] = $value;
        }
    }

    final class Log
    {
        public function write(string $message): void
        {
            file_put_contents(DIR_STORAGE . 'logs/error.log', date('Y-m-d H:i:s') . " - $message\n", FILE_APPEND);
        }
    }

    final class Request
    {
        public $get;
        public $post;
        public $server;

        public function __construct()
        {
            [$this->get, $this->post, $this->server] = array_map([self::class, 'clean'], [$_GET, $_POST, $_SERVER]);
        }

        private static function clean($value)
        {
            return is_array($value) ? array_map([self::class, 'clean'], $value) : htmlspecialchars((string) $value);
        }
    }

    final class Response
    {
        private $headers = [];
        private $output = '';

        public function addHeader(string $header): void
        {
            $this->headers[] = $header;
        }

        public function setOutput(string $output): void
        {
            $this->output = $output;
        }

        public function json(array $content): void
        {
            $this->addHeader('Content-Type: application/json');
            $this->setOutput(json_encode($content));
        }

        public function output(): void
        {
            if ($this->output !== '') {
                array_map('header', $this->headers);
                echo $this->output;
            }
        }
    }

    /** The last request that ends writes its state of it. */
    final class Session
    {
        public $data = [];
        private $database;
        private $id;

        public function __construct(Database $database)
        {
            $this->database = $database;
            $id = $_COOKIE['OCSESSID'] ?? '';
            $this->id = preg_match('/^[0-9a-f]{26}$/D', $id) ? $id : bin2hex(random_bytes(13));
            $row = $database->query("SELECT data FROM oc_session WHERE session_id = '$this->id'")->row;
            $this->data = json_decode($row['data'] ?? '[]', true);
            if (PHP_SAPI !== 'cli') {
                setcookie('OCSESSID', $this->id, ['path' => '/', 'httponly' => true, 'samesite' => 'Strict']);
                register_shutdown_function([$this, 'close']);
            }
        }

        public function close(): void
        {
            $data = $this->database->escape(json_encode($this->data));
            $this->database->query("REPLACE INTO oc_session (session_id, data) VALUES ('$this->id', '$data')");
        }
    }

    final class Loader
    {
        private $registry;
        private $application;

        public function __construct(Registry $registry, string $application)
        {
            $this->registry = $registry;
            $this->application = $application;
        }

        public function controller(string $route, ...$arguments)
        {
            [$path, $method] = explode('.', $route) + [1 => 'index'];
            $class = $this->classOf('controller', $path);
            return (new $class($this->registry))->$method(...$arguments);
        }

        public function model(string $route): void
        {
            $name = 'model_' . strtr($route, '/', '_');
            if (strncmp($route, 'extension/', 10) !== 0) {
                $class = 'Double\\' . str_replace(' ', '', ucwords(strtr($route, '/_', '  ')));
            } else {
                $class = $this->classOf('model', $route);
            }
            $this->registry->set($name, new $class($this->registry));
        }

        /** Templates without loops are filled in. Of others, the values are shown one after another. */
        public function view(string $route, array $data): string
        {
            [$path, $folder] = $this->fileOf('view/template', $route);
            $template = file_get_contents("$folder$path.twig");
            if (strpos($template, '{%') !== false) {
                return self::show($data);
            }
            return preg_replace_callback('/{{ (\w+) }}/', static function (array $match) use ($data): string {
                return $data[$match[1]];
            }, $template);
        }

        private static function show(array $data): string
        {
            $html = '';
            foreach ($data as $name => $value) {
                $html .= is_array($value) ? self::show($value) : ($name === 'value' ? "<input value=\"$value\">" : "<div>$value</div>");
            }
            return $html;
        }

        private function classOf(string $kind, string $route): string
        {
            [$path, $folder, $extension] = $this->fileOf($kind, $route);
            require_once "$folder$path.php";
            $parts = array_map(static function (string $part): string {
                return str_replace('_', '', ucwords($part, '_'));
            }, [$this->application, $kind, 'extension', $extension, ...explode('/', $path)]);
            return 'Opencart\\' . implode('\\', $parts);
        }

        /** @return array{string, string, string} */
        private function fileOf(string $kind, string $route): array
        {
            [, $extension, $path] = explode('/', $route, 3);
            return [$path, DIR_EXTENSION . "$extension/" . strtolower($this->application) . "/$kind/", $extension];
        }
    }

    /** Orders, with OpenCart's order of steps. */
    final class CheckoutOrder extends Model
    {
        public function addHistory(int $id, int $status, string $comment = '', bool $notify = false): void
        {
            $this->happen('before');
            $order = $this->db->query("SELECT * FROM oc_order WHERE order_id = $id")->row;
            $taking = array_merge($this->config->get('config_processing_status'), $this->config->get('config_complete_status'));
            $took = in_array($order['order_status_id'], $taking);
            $takes = in_array((string) $status, $taking);
            if ($takes && !$took) {
                $this->move($id, '-');
            } elseif ($took && !$takes) {
                $this->move($id, '+');
            }
            $this->db->query("UPDATE oc_order SET order_status_id = $status WHERE order_id = $id");
            $this->db->query('INSERT INTO oc_order_history (order_id, order_status_id, notify, comment, date_added)
                VALUES (' . "$id, $status, " . (int) $notify . ", '" . $this->db->escape($comment) . "', datetime('now'))");
            $this->happen('after');
        }

        public function editTransactionId(int $id, string $transaction): void
        {
            $this->db->query("UPDATE oc_order SET transaction_id = '" . $this->db->escape($transaction) . "' WHERE order_id = $id");
        }

        private function move(int $id, string $sign): void
        {
            foreach ($this->db->query("SELECT * FROM oc_order_product WHERE order_id = $id")->rows as $bought) {
                $this->db->query("UPDATE oc_product SET quantity = quantity $sign {$bought['quantity']}
                    WHERE product_id = {$bought['product_id']} AND subtract = 1");
            }
        }

        private function happen(string $when): void
        {
            $trigger = "catalog/model/checkout/order.addHistory/$when";
            foreach ($this->db->query("SELECT action FROM oc_event WHERE `trigger` = '$trigger'")->rows as $event) {
                $this->load->controller($event['action']);
            }
        }
    }

    function start(string $application): Registry
    {
        $registry = new Registry();
        $database = new Database();
        $config = new Config();
        foreach ($database->query('SELECT * FROM oc_setting')->rows as $row) {
            $config->set($row['key'], $row['serialized'] === '1' ? json_decode($row['value'], true) : $row['value']);
        }
        $request = new Request();
        $languages = array_column($database->query('SELECT code FROM oc_language WHERE status = 1')->rows, 'code');
        $language = $request->get['language'] ?? 'en-gb';
        $config->set('config_language', in_array($language, $languages, true) ? $language : 'en-gb');
        $config->set('config_url', HTTP_SERVER);
        $parts = [
            'db' => $database,
            'config' => $config,
            'log' => new Log(),
            'request' => $request,
            'response' => new Response(),
            'session' => new Session($database),
            'load' => new Loader($registry, $application),
        ];
        foreach ($parts as $name => $part) {
            $registry->set($name, $part);
        }
        return $registry;
    }

    /** @param array<string, callable(Registry): void> $routes Those that are no extension's. */
    function serve(string $application, array $routes): void
    {
        $registry = start($application);
        $route = $registry->get('request')->get['route'] ?? 'common/home';
        $before = $routes['before'];
        if ($before($registry, $route)) {
            if (isset($routes[$route])) {
                $routes[$route]($registry);
            } elseif (strncmp($route, 'extension/', 10) === 0) {
                $registry->get('load')->controller($route);
            } else {
                http_response_code(404);
            }
        }
        $registry->get('response')->output();
    }
}
