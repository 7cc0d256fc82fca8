//! Parameters that are trained: one flat buffer in 32 bits, of which they are views.

use std::{collections::BTreeMap, ops::Range};

use tch::{Kind, Tensor};

use super::{Parameters, TorchError};

/// Trained parameters. The master copy is one flat buffer of 32 bits, so that an optimiser is a handful of operations whatever the
/// model; what a forward pass takes are its leaves, in the same memory where computing is in 32 bits too, else a copy in 16.
#[derive(Debug)]
pub struct Trained {
    names: Vec<String>,
    /// Where each parameter lies in the buffer.
    places: Vec<Range<i64>>,
    /// `(P)`, 32 bits.
    master: Tensor,
    /// `(P)` in the kind of computing, where that is another.
    copy: Option<Tensor>,
    leaves: BTreeMap<String, Tensor>,
}

impl Trained {
    /// Takes parameters over, by name, to be computed with in `kind`.
    pub fn new(named: &[(String, Tensor)], kind: Kind) -> Result<Self, TorchError> {
        tch::no_grad(|| {
            let flat =
                |(_, tensor): &(String, Tensor)| tensor.f_detach()?.f_to_kind(Kind::Float)?.f_reshape([-1]);
            let flat = named.iter().map(flat).collect::<Result<Vec<_>, _>>()?;
            let master = Tensor::f_cat(&flat, 0)?;
            let copy = if kind == Kind::Float { None } else { Some(master.f_to_kind(kind)?) };
            let mut trained =
                Self { names: Vec::new(), places: Vec::new(), master, copy, leaves: BTreeMap::new() };
            let mut at = 0;
            for ((name, tensor), flat) in named.iter().zip(&flat) {
                let length = flat.size1()?;
                let from = trained.copy.as_ref().unwrap_or(&trained.master);
                let leaf = from.f_narrow(0, at, length)?.f_view(tensor.size().as_slice())?.f_detach()?;
                let leaf = leaf.set_requires_grad(true);
                if trained.leaves.insert(name.clone(), leaf).is_some() {
                    return Err(TorchError::Shape(format!("`{name}` is there twice")));
                }
                trained.names.push(name.clone());
                trained.places.push(at..at + length);
                at += length;
            }
            Ok(trained)
        })
    }

    /// How many numbers are trained.
    pub fn len(&self) -> usize {
        self.master.numel()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// A parameter, as a forward pass takes it.
    pub fn leaf(&self, name: &str) -> Option<&Tensor> {
        self.leaves.get(name)
    }

    /// Every parameter by name, in 32 bits and in order.
    pub fn masters(&self) -> Result<Vec<(String, Tensor)>, TorchError> {
        let master = |(name, place): (&String, &Range<i64>)| {
            let flat = self.master.f_narrow(0, place.start, place.end - place.start)?;
            let shape = self.leaves.get(name).map(Tensor::size).unwrap_or_default();
            Ok((name.clone(), flat.f_view(shape.as_slice())?))
        };
        self.names.iter().zip(&self.places).map(master).collect()
    }

    /// The flat buffer, `(P)`.
    pub fn flat(&self) -> &Tensor {
        &self.master
    }

    /// Gradients that the backward passes since the last call left, `(P)` in 32 bits, 0 where there are none; and forgets them.
    pub fn take_gradient(&mut self) -> Result<Tensor, TorchError> {
        tch::no_grad(|| {
            let mut parts = Vec::with_capacity(self.names.len());
            for (name, place) in self.names.iter().zip(&self.places) {
                let gradient = self.leaves.get(name).map(Tensor::grad).filter(Tensor::defined);
                let options = (Kind::Float, self.master.device());
                parts.push(match gradient {
                    Some(gradient) => gradient.f_to_kind(Kind::Float)?.f_reshape([-1])?,
                    None => Tensor::f_zeros([place.end - place.start], options)?,
                });
            }
            let gradient = Tensor::f_cat(&parts, 0)?;
            for leaf in self.leaves.values_mut() {
                leaf.zero_grad();
            }
            Ok(gradient)
        })
    }

    /// Sets the flat buffer, `(P)`, and what computes with it.
    pub fn set(&mut self, flat: &Tensor) -> Result<(), TorchError> {
        if flat.size() != self.master.size() {
            return Err(TorchError::Shape(format!("{:?} numbers for {:?}", flat.size(), self.master.size())));
        }
        tch::no_grad(|| self.master.f_copy_(flat))?;
        self.refresh()
    }

    /// Subtracts an update, `(P)`.
    pub(super) fn subtract(&mut self, update: &Tensor, decay: f64) -> Result<(), TorchError> {
        tch::no_grad(|| {
            if decay != 0.0 {
                let _ = self.master.f_mul_scalar_(1.0 - decay)?;
            }
            self.master.f_sub_(update).map(drop)
        })?;
        self.refresh()
    }

    fn refresh(&mut self) -> Result<(), TorchError> {
        if let Some(copy) = &mut self.copy {
            tch::no_grad(|| copy.f_copy_(&self.master))?;
        }
        Ok(())
    }
}

/// Trained parameters where there are some of a name, others from elsewhere.
pub struct Mixed<'a> {
    /// What is trained.
    pub trained: &'a Trained,
    /// What is not.
    pub frozen: &'a mut dyn Parameters,
}

impl Parameters for Mixed<'_> {
    fn take(&mut self, name: &str, shape: &[usize]) -> Result<Tensor, TorchError> {
        match self.trained.leaf(name) {
            Some(leaf) => Ok(leaf.shallow_clone()),
            None => self.frozen.take(name, shape),
        }
    }
}

impl std::fmt::Debug for Mixed<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mixed").field("trained", self.trained).finish_non_exhaustive()
    }
}
