<?php

namespace Opencart\Admin\Controller\Extension\UsdtCheckout\Payment;

use UsdtCheckout\OpenCart\Administration;
use UsdtCheckout\OpenCart\OpenCart4;
use UsdtCheckout\OpenCart\OpenCartPlugin;
use UsdtCheckout\OpenCart\UsdtShop\Schema;

require_once DIR_EXTENSION . 'usdt_checkout/system/autoload.php';

/** The administration's side of the method: settings, their tests, and the payments of an order. */
class UsdtCheckout extends \Opencart\System\Engine\Controller
{
    private const ROUTE = 'extension/usdt_checkout/payment/usdt_checkout';
    private const CRON = 'usdt_checkout';

    public function index(): void
    {
        $administration = $this->administration();
        $data = $administration->texts();
        $this->document->setTitle($data['heading_title']);
        $this->load->model('localisation/order_status');
        $this->load->model('localisation/geo_zone');
        $payments = $this->link('marketplace/extension', '&type=payment');
        $data['breadcrumbs'] = [
            ['text' => $data['text_extension'], 'href' => $payments],
            ['text' => $data['heading_title'], 'href' => $this->link(self::ROUTE)],
        ];
        $data['fields'] = $administration->fields(
            $this->model_localisation_order_status->getOrderStatuses(),
            $this->model_localisation_geo_zone->getGeoZones()
        );
        $data['head'] = $administration->panel()->head($this->link(self::ROUTE . '.act'));
        $data['save'] = $this->link(self::ROUTE . '.save');
        $data['back'] = $payments;
        $data['header'] = $this->load->controller('common/header');
        $data['column_left'] = $this->load->controller('common/column_left');
        $data['footer'] = $this->load->controller('common/footer');
        $this->response->setOutput($this->load->view(self::ROUTE, $data));
    }

    public function save(): void
    {
        $administration = $this->administration();
        $errors = $this->mayChange() ? $administration->save($this->request->post) : [$administration->refusal()];
        $this->response->addHeader('Content-Type: application/json');
        $this->response->setOutput((string) json_encode(
            $errors === [] ? ['success' => $administration->saved()] : ['error' => implode(' ', $errors)]
        ));
    }

    public function act(): void
    {
        $post = $this->request->post + ['do' => '', 'reference' => ''];
        $administration = $this->administration();
        $answer = $this->mayChange()
            ? $administration->panel()->act((string) $post['do'], (string) $post['reference'])
            : $administration->panel()->refuse();
        $answer->send();
    }

    /** The tab beside an order. */
    public function order(): string
    {
        $orderId = (int) ($this->request->get['order_id'] ?? 0);
        return $this->administration()->panel()->order($orderId, $this->link(self::ROUTE . '.act'), $this->mayChange());
    }

    public function install(): void
    {
        if (!$this->user->hasPermission('modify', 'extension/payment')) {
            return;
        }
        Schema::create($this->plugin()->database);
        $this->load->model('setting/cron');
        $this->model_setting_cron->deleteCronByCode(self::CRON);
        $this->model_setting_cron->addCron(
            self::CRON,
            'USDT Checkout: asks the gateway for payments that are open.',
            'hour',
            self::ROUTE . '.scheduled',
            true
        );
    }

    public function uninstall(): void
    {
        if (!$this->user->hasPermission('modify', 'extension/payment')) {
            return;
        }
        $plugin = $this->plugin();
        Schema::drop($plugin->database);
        $plugin->settings->remove();
        $this->load->model('setting/cron');
        $this->model_setting_cron->deleteCronByCode(self::CRON);
    }

    private function mayChange(): bool
    {
        return $this->user->hasPermission('modify', self::ROUTE);
    }

    private function link(string $route, string $query = ''): string
    {
        return $this->url->link($route, 'user_token=' . $this->session->data['user_token'] . $query, true);
    }

    private function plugin(): OpenCartPlugin
    {
        return OpenCart4::plugin($this->registry);
    }

    private function administration(): Administration
    {
        return new Administration($this->plugin(), new OpenCart4($this->registry));
    }
}
