// The module: its tables, and what the routes and the job work with.

const { Module } = require('@medusajs/framework/utils');

const { Checkout } = require('../../core/checkout');
const { MODULE } = require('../../core/module');

module.exports = { default: Module(MODULE, { service: Checkout }), MODULE };
