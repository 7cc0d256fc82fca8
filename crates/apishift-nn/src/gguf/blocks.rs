//! How weights are stored: as numbers, or in blocks of 32 that share a scale.

use half::f16;

/// Weights of a block.
const BLOCK: usize = 32;

/// How the weights of a tensor are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WeightKind {
    /// Numbers of 32 bits.
    F32,
    /// Numbers of 16 bits.
    F16,
    /// A scale and a least value for 32 weights of 4 bits.
    Q4_1,
    /// A scale for 32 weights of 8 bits.
    Q8_0,
}

impl WeightKind {
    /// Every kind that is known.
    pub(super) const ALL: [Self; 4] = [Self::F32, Self::F16, Self::Q4_1, Self::Q8_0];

    /// Its number in files.
    pub(super) fn code(self) -> u32 {
        match self {
            Self::F32 => 0,
            Self::F16 => 1,
            Self::Q4_1 => 3,
            Self::Q8_0 => 8,
        }
    }

    /// Weights that are stored together, and the bytes that they take.
    pub(super) fn block(self) -> (usize, usize) {
        match self {
            Self::F32 => (1, 4),
            Self::F16 => (1, 2),
            Self::Q4_1 => (BLOCK, 20),
            Self::Q8_0 => (BLOCK, 34),
        }
    }

    /// The weights of some blocks.
    pub(super) fn weights(self, bytes: &[u8]) -> Vec<f32> {
        let (count, size) = self.block();
        let mut weights = Vec::with_capacity(bytes.len() / size * count);
        for block in bytes.chunks_exact(size) {
            match self {
                Self::F32 => weights.push(f32::from_le_bytes([block[0], block[1], block[2], block[3]])),
                Self::F16 => weights.push(half_at(block, 0)),
                Self::Q8_0 => {
                    let scale = half_at(block, 0);
                    weights.extend(block[2..].iter().map(|weight| f32::from(weight.cast_signed()) * scale));
                }
                Self::Q4_1 => {
                    let (scale, least) = (half_at(block, 0), half_at(block, 2));
                    let weight = |bits: u8| f32::from(bits) * scale + least;
                    // The low halves are the first sixteen weights, the high halves the others.
                    weights.extend(block[4..].iter().map(|pair| weight(pair & 15)));
                    weights.extend(block[4..].iter().map(|pair| weight(pair >> 4)));
                }
            }
        }
        weights
    }
}

fn half_at(block: &[u8], at: usize) -> f32 {
    f16::from_le_bytes([block[at], block[at + 1]]).to_f32()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_weights() {
        let half = |value: f32| f16::from_f32(value).to_le_bytes();
        assert_eq!(
            WeightKind::F32.weights(&[1.5_f32.to_le_bytes(), (-2.0_f32).to_le_bytes()].concat()),
            [1.5, -2.0]
        );
        assert_eq!(WeightKind::F16.weights(&half(-0.25)), [-0.25]);
        let eight: Vec<u8> =
            half(0.5).into_iter().chain((0..32).map(|at: i8| (at - 16).cast_unsigned())).collect();
        let expected: Vec<f32> = (0..32_i16).map(|at| f32::from(at - 16) * 0.5).collect();
        assert_eq!(WeightKind::Q8_0.weights(&eight), expected);
        // Weight 1 in the low half of the second byte, 15 in the high half of the third: places 1 and 16 + 2.
        let mut four: Vec<u8> = [half(2.0), half(-3.0)].concat();
        four.extend([0, 0x01, 0xF0]);
        four.resize(20, 0);
        let weights = WeightKind::Q4_1.weights(&four);
        assert_eq!(
            (weights.len(), weights[0], weights[1], weights[18], weights[17]),
            (32, -3.0, -1.0, 27.0, -3.0)
        );
    }
}
