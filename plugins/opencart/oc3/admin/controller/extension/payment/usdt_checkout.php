<?php

use UsdtCheckout\OpenCart\Administration;
use UsdtCheckout\OpenCart\OpenCart3;
use UsdtCheckout\OpenCart\OpenCartPlugin;
use UsdtCheckout\OpenCart\UsdtShop\Schema;

require_once DIR_SYSTEM . 'library/usdt_checkout/autoload.php';

/** The administration's side of the method: settings, their tests, and the payments of an order. */
class ControllerExtensionPaymentUsdtCheckout extends Controller
{
    private const ROUTE = 'extension/payment/usdt_checkout';

    public function index()
    {
        $administration = $this->administration();
        $payments = $this->link('marketplace/extension', '&type=payment');
        $errors = [];
        if ($this->request->server['REQUEST_METHOD'] === 'POST') {
            $errors = $this->mayChange() ? $administration->save($this->request->post) : [$administration->refusal()];
            if ($errors === []) {
                $this->session->data['success'] = $administration->saved();
                $this->response->redirect($payments);
            }
        }
        $data = $administration->texts();
        $this->document->setTitle($data['heading_title']);
        $this->load->model('localisation/order_status');
        $this->load->model('localisation/geo_zone');
        $data['error'] = implode(' ', $errors);
        $data['breadcrumbs'] = [
            ['text' => $data['text_extension'], 'href' => $payments],
            ['text' => $data['heading_title'], 'href' => $this->link(self::ROUTE)],
        ];
        $data['fields'] = $administration->fields(
            $this->model_localisation_order_status->getOrderStatuses(),
            $this->model_localisation_geo_zone->getGeoZones()
        );
        $data['head'] = $administration->panel()->head(html_entity_decode($this->link(self::ROUTE . '/act')));
        $data['action'] = $this->link(self::ROUTE);
        $data['cancel'] = $payments;
        $data['header'] = $this->load->controller('common/header');
        $data['column_left'] = $this->load->controller('common/column_left');
        $data['footer'] = $this->load->controller('common/footer');
        $this->response->setOutput($this->load->view(self::ROUTE, $data));
    }

    public function act()
    {
        $post = $this->request->post + ['do' => '', 'reference' => ''];
        $administration = $this->administration();
        $answer = $this->mayChange()
            ? $administration->panel()->act((string) $post['do'], (string) $post['reference'])
            : $administration->panel()->refuse();
        $answer->send();
    }

    /** The tab beside an order. */
    public function order()
    {
        $orderId = (int) ($this->request->get['order_id'] ?? 0);
        $url = html_entity_decode($this->link(self::ROUTE . '/act'));
        return $this->administration()->panel()->order($orderId, $url, $this->mayChange());
    }

    public function install()
    {
        if ($this->user->hasPermission('modify', 'extension/extension/payment')) {
            Schema::create($this->plugin()->database);
        }
    }

    public function uninstall()
    {
        if ($this->user->hasPermission('modify', 'extension/extension/payment')) {
            $plugin = $this->plugin();
            Schema::drop($plugin->database);
            $plugin->settings->remove();
        }
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
        return OpenCart3::plugin($this->registry);
    }

    private function administration(): Administration
    {
        return new Administration($this->plugin(), new OpenCart3($this->registry));
    }
}
