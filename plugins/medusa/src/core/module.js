// The name under which the module is found.

exports.MODULE = 'usdtCheckout';
