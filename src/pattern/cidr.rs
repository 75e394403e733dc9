//! The `cidr` operator: a block of IPv4 or IPv6 addresses.

use std::net::IpAddr;

/// A block of addresses, such as `10.0.0.0/8` or `2001:db8::/32`.
#[derive(Debug, Clone)]
pub(super) struct Cidr {
    source: String,
    network: IpAddr,
    /// The length of the prefix, in bits.
    bits: u32,
}

impl Cidr {
    /// Reads a block. Bits of the address beyond the prefix are ignored, as AWS does.
    ///
    /// # Errors
    ///
    /// A clause that says what is wrong. As with AWS, the prefix of a single address (`/32`, `/128`) is
    /// refused: such an address is written as a plain value.
    pub(super) fn parse(source: &str) -> Result<Self, String> {
        let (address, bits) = source.split_once('/').ok_or("must be an address block such as `10.0.0.0/8`")?;
        let network: IpAddr = address.parse().map_err(|_| "must start with an IPv4 or IPv6 address")?;
        let most = if network.is_ipv4() { 31 } else { 127 };
        // Digits only, for the number parser takes a sign as well.
        let bits = Some(bits)
            .filter(|bits| bits.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|bits| bits.parse().ok())
            .filter(|bits| *bits <= most)
            .ok_or_else(|| format!("must end with a prefix of 0 to {most} bits; one address is a plain value"))?;
        Ok(Self { source: source.to_owned(), network, bits })
    }

    /// The block as it was written.
    pub(super) fn source(&self) -> &str {
        &self.source
    }

    /// Whether the text is an address of this block.
    pub(super) fn contains(&self, text: &str) -> bool {
        match (self.network, text.parse()) {
            (IpAddr::V4(network), Ok(IpAddr::V4(address))) => {
                let differing = u32::from(network) ^ u32::from(address);
                differing.leading_zeros() >= self.bits
            }
            (IpAddr::V6(network), Ok(IpAddr::V6(address))) => {
                let differing = u128::from(network) ^ u128::from(address);
                differing.leading_zeros() >= self.bits
            }
            _ => false,
        }
    }
}
