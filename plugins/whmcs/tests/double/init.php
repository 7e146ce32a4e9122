<?php

// The part of WHMCS that the gateway meets, on SQLite. It is as careless as WHMCS where that matters to payments:
// adding a payment to an invoice is several steps without a lock, and money that is too much becomes credit.

namespace {

    require_once __DIR__ . '/config.php';

    define('WHMCS', true);
    define('ROOTDIR', __DIR__);

    $_SESSION = ['Language' => $_COOKIE['language'] ?? ''];

    function add_hook(string $name, int $priority, callable $hook): void
    {
        $GLOBALS['hooks'][$name][] = $hook;
    }

    function run_hook(string $name, array $vars): string
    {
        $said = '';
        foreach ($GLOBALS['hooks'][$name] ?? [] as $hook) {
            $said .= $hook($vars);
        }
        return $said;
    }

    function logActivity(string $message, int $userId = 0): void
    {
        file_put_contents(DB_DATABASE . '.log', "$message\n", FILE_APPEND);
    }

    function localAPI(string $command, array $values): array
    {
        $mail = "Subject: {$values['customsubject']}\n\n{$values['custommessage']}\n";
        return ['result' => file_put_contents(DB_DATABASE . '.mails', $mail, FILE_APPEND) ? 'success' : 'error'];
    }
}

namespace WHMCS\Authentication {

    /** The cookies say who it is. */
    final class CurrentUser
    {
        public function client(): ?object
        {
            return isset($_COOKIE['client']) ? (object) ['id' => (int) $_COOKIE['client']] : null;
        }

        public function isAuthenticatedAdmin(): bool
        {
            return ($_COOKIE['admin'] ?? '') === 'admin';
        }
    }
}

namespace WHMCS\Database {

    final class Rows
    {
        private $rows;

        public function __construct(array $rows)
        {
            $this->rows = $rows;
        }

        public function all(): array
        {
            return $this->rows;
        }
    }

    final class Query
    {
        private $table;
        private $where = [];

        public function __construct(string $table)
        {
            $this->table = $table;
        }

        public function where(string $column, $value): self
        {
            $this->where[$column] = (string) $value;
            return $this;
        }

        public function get(): array
        {
            $conditions = array_map(static function (string $column): string {
                return "$column = ?";
            }, array_keys($this->where));
            $sql = "SELECT * FROM $this->table" . ($conditions === [] ? '' : ' WHERE ' . implode(' AND ', $conditions));
            $statement = Capsule::connection()->getPdo()->prepare($sql);
            $statement->execute(array_values($this->where));
            return $statement->fetchAll(\PDO::FETCH_OBJ);
        }

        public function first(): ?object
        {
            return $this->get()[0] ?? null;
        }

        public function value(string $column)
        {
            $row = $this->first();
            return $row === null ? null : $row->$column;
        }

        public function pluck(string $column): Rows
        {
            return new Rows(array_column($this->get(), $column));
        }
    }

    final class Pdo
    {
        private $pdo;

        public function __construct()
        {
            $this->pdo = new \PDO('sqlite:' . DB_DATABASE);
            $this->pdo->setAttribute(\PDO::ATTR_ERRMODE, \PDO::ERRMODE_EXCEPTION);
            $this->pdo->exec('PRAGMA busy_timeout = 20000');
        }

        public function __call(string $name, array $arguments)
        {
            if (isset($arguments[0])) {
                $arguments[0] = self::translate($arguments[0]);
            }
            return $this->pdo->$name(...$arguments);
        }

        public function quote(string $value): string
        {
            return $this->pdo->quote($value);
        }

        private static function translate(string $sql): string
        {
            $sql = preg_replace('/^INSERT IGNORE/', 'INSERT OR IGNORE', $sql);
            // Indexes and engines are MySQL's.
            $sql = preg_replace('/,\s*KEY \w+ \([^)]*\)/', '', $sql);
            return preg_replace('/\) ENGINE=.*$/', ')', $sql);
        }
    }

    final class Capsule
    {
        private static $pdo;

        public static function connection(): self
        {
            return new self();
        }

        public static function schema(): self
        {
            return new self();
        }

        public static function table(string $name): Query
        {
            return new Query($name);
        }

        public function getPdo(): Pdo
        {
            return self::$pdo = self::$pdo ?? new Pdo();
        }

        public function hasTable(string $name): bool
        {
            return $this->getPdo()->query("SELECT 1 FROM sqlite_master WHERE name = '$name'")->fetch() !== false;
        }
    }
}

namespace {

    foreach (glob(ROOTDIR . '/includes/hooks/*.php') as $file) {
        require_once $file;
    }
}
