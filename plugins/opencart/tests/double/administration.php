<?php

// The pages of the administration that the tests open.

namespace Double;

use Opencart\System\Engine\Model;
use Opencart\System\Engine\Registry;

final class User
{
    private $registry;

    public function __construct(Registry $registry)
    {
        $this->registry = $registry;
    }

    public function isLogged(): bool
    {
        $token = $this->registry->get('session')->data['user_token'] ?? null;
        return $token !== null && $token === ($this->registry->get('request')->get['user_token'] ?? null);
    }

    public function hasPermission(string $kind, string $route): bool
    {
        return in_array($route, $this->permissions()[$kind] ?? [], true);
    }

    public function allow(string $route): void
    {
        $permissions = $this->permissions();
        foreach (['access', 'modify'] as $kind) {
            $permissions[$kind][] = $route;
        }
        $database = $this->registry->get('db');
        $database->query("UPDATE oc_user_group SET permission = '" . $database->escape(json_encode($permissions)) . "'
            WHERE user_group_id = " . $this->group());
    }

    private function permissions(): array
    {
        $row = $this->registry->get('db')->query('SELECT permission FROM oc_user_group WHERE user_group_id = ' . $this->group())->row;
        return json_decode($row['permission'] ?? '[]', true);
    }

    private function group(): int
    {
        return (int) ($this->registry->get('session')->data['user_group_id'] ?? 0);
    }
}

final class Url
{
    public function link(string $route, string $query = ''): string
    {
        return HTTP_SERVER . "admin/index.php?route=$route&$query";
    }
}

final class Document
{
    public function setTitle(string $title): void
    {
    }
}

final class SettingCron extends Model
{
    public function addCron(string $code, string $description, string $cycle, string $action, bool $status): void
    {
        $this->db->query("INSERT INTO oc_cron (code, description, cycle, action, status, date_modified)
            VALUES ('$code', '$description', '$cycle', '$action', " . (int) $status . ", datetime('now'))");
    }

    public function deleteCronByCode(string $code): void
    {
        $this->db->query("DELETE FROM oc_cron WHERE code = '$code'");
    }
}

final class LocalisationOrderStatus extends Model
{
    public function getOrderStatuses(): array
    {
        return $this->db->query('SELECT * FROM oc_order_status')->rows;
    }
}

final class LocalisationGeoZone extends Model
{
    public function getGeoZones(): array
    {
        return $this->db->query('SELECT * FROM oc_geo_zone')->rows;
    }
}

/** Pages that stand around others. */
final class AdministrationLoader
{
    private $inner;

    public function __construct(Loader $inner)
    {
        $this->inner = $inner;
    }

    public function controller(string $route, ...$arguments)
    {
        return strncmp($route, 'common/', 7) === 0 ? '' : $this->inner->controller($route, ...$arguments);
    }

    public function __call(string $name, array $arguments)
    {
        return $this->inner->$name(...$arguments);
    }
}

/** @return array<string, string> The files of a zip whose entries tell their sizes first. */
function unzip(string $zip): array
{
    $files = [];
    for ($at = 0; substr($zip, $at, 4) === "PK\x03\x04"; $at += 30 + $entry['name'] + $entry['extra'] + $entry['packed']) {
        $entry = unpack('Vpacked/Vsize/vname/vextra', $zip, $at + 18);
        $data = substr($zip, $at + 30 + $entry['name'] + $entry['extra'], $entry['packed']);
        $files[substr($zip, $at + 30, $entry['name'])] = $data === '' ? '' : gzinflate($data);
    }
    return $files;
}

/** @return array<string, callable> */
function administration(): array
{
    return [
        'before' => static function (Registry $registry, string $route): bool {
            $registry->set('user', new User($registry));
            $registry->set('url', new Url());
            $registry->set('document', new Document());
            $registry->set('load', new AdministrationLoader($registry->get('load')));
            if (strncmp($route, 'common/login', 12) === 0) {
                return true;
            }
            $page = explode('.', $route)[0];
            if ($registry->get('user')->isLogged() && $registry->get('user')->hasPermission('access', $page)) {
                return true;
            }
            $registry->get('response')->setOutput('no permission');
            return false;
        },
        'common/login' => static function (Registry $registry): void {
            $registry->get('response')->setOutput('<form action="' . HTTP_SERVER . 'admin/index.php?route=common/login.login">');
        },
        'common/login.login' => static function (Registry $registry): void {
            $post = $registry->get('request')->post;
            $database = $registry->get('db');
            $user = $database->query("SELECT * FROM oc_user WHERE username = '" . $database->escape($post['username']) . "'")->row;
            if (!password_verify($post['password'], $user['password'] ?? '')) {
                $registry->get('response')->json(['error' => 'no match']);
                return;
            }
            $token = bin2hex(random_bytes(16));
            $registry->get('session')->data += ['user_token' => $token, 'user_group_id' => (int) $user['user_group_id']];
            $registry->get('response')->json(['redirect' => "?user_token=$token"]);
        },
        'marketplace/installer.upload' => static function (Registry $registry): void {
            $code = basename($_FILES['file']['name'], '.ocmod.zip');
            $files = unzip(file_get_contents($_FILES['file']['tmp_name']));
            if (!isset(json_decode($files['install.json'], true)['name'])) {
                $registry->get('response')->json(['error' => 'no install.json']);
                return;
            }
            foreach ($files as $path => $content) {
                $target = DIR_EXTENSION . "$code/$path";
                is_dir(dirname($target)) || mkdir(dirname($target), 0777, true);
                file_put_contents($target, $content);
            }
            $registry->get('db')->query("INSERT INTO oc_extension_install (code) VALUES ('$code')");
            $registry->get('response')->json(['success' => 'uploaded']);
        },
        'marketplace/installer.install' => static function (Registry $registry): void {
            $registry->get('response')->json(['success' => 'installed']);
        },
        'marketplace/installer.uninstall' => static function (Registry $registry): void {
            $id = (int) $registry->get('request')->get['extension_install_id'];
            $database = $registry->get('db');
            $folder = DIR_EXTENSION . $database->query("SELECT code FROM oc_extension_install WHERE extension_install_id = $id")->row['code'];
            $files = new \RecursiveDirectoryIterator($folder, \FilesystemIterator::SKIP_DOTS);
            foreach (new \RecursiveIteratorIterator($files, \RecursiveIteratorIterator::CHILD_FIRST) as $file) {
                $file->isDir() ? rmdir((string) $file) : unlink((string) $file);
            }
            rmdir($folder);
            $registry->get('response')->json(['success' => 'gone']);
        },
        'extension/payment.install' => static function (Registry $registry): void {
            $code = $registry->get('request')->get['code'];
            $registry->get('db')->query("INSERT INTO oc_extension (extension, type, code) VALUES ('$code', 'payment', '$code')");
            $registry->get('user')->allow("extension/$code/payment/$code");
            $registry->get('load')->controller("extension/$code/payment/$code.install");
            $registry->get('response')->json(['success' => 'installed']);
        },
        'extension/payment.uninstall' => static function (Registry $registry): void {
            $code = $registry->get('request')->get['code'];
            $registry->get('db')->query("DELETE FROM oc_extension WHERE code = '$code'");
            $registry->get('load')->controller("extension/$code/payment/$code.uninstall");
            $registry->get('response')->json(['success' => 'gone']);
        },
        'sale/order.info' => static function (Registry $registry): void {
            $id = (int) $registry->get('request')->get['order_id'];
            $order = $registry->get('db')->query("SELECT * FROM oc_order WHERE order_id = $id")->row;
            $code = explode('.', json_decode($order['payment_method'], true)['code'])[0];
            $registry->get('response')->setOutput((string) $registry->get('load')->controller("extension/$code/payment/$code.order"));
        },
    ];
}
