//! Normal vectors with correlated elements.

use super::Normal;
use crate::ext::*;
use crate::ops::elementwise::{add, astype, multiply, sqrt};
use crate::ops::linalg::svd;
use crate::ops::matmul::matmul;
use crate::ops::view::{expand_dims, squeeze};

op! {
    multivariate_normal as "random.multivariate_normal"
        "(mean: array, cov: array, shape: shape = [], dtype: dtype? = float32, key: array? = None)" => |c| {
        let dtype = c.opt_dtype(3)?.unwrap_or(Dtype::Float32);
        MultivariateNormal { mean: c.array(0)?.clone(), cov: c.array(1)?.clone(), dtype, key: c.opt_array(4)?.cloned() }
            .sample(Some(&c.shape(2)?).filter(|s| !s.is_empty()).map(|s| &s[..]))
    };
    /// Vectors with the normal distribution of mean `mean`, of shape `(…, N)`, and covariance `cov`, positive semi-definite, of
    /// shape `(…, N, N)`: an array of `shape` (by default, what the leading axes broadcast to) and one more axis of `N`.
    /// [`MultivariateNormal`] has the options.
    ///
    /// # Errors
    /// When shapes do not fit, or the dtype is not `float32`.
    pub fn multivariate_normal(mean: &Array, cov: &Array, shape: &[usize]) -> Result<Array> {
        MultivariateNormal { mean: mean.clone(), cov: cov.clone(), dtype: Dtype::Float32, key: None }.sample(Some(shape))
    }
}

/// The normal distribution of vectors.
#[derive(Clone, Debug)]
pub struct MultivariateNormal {
    /// The mean, of shape `(…, N)`.
    pub mean: Array,
    /// The covariance, symmetric and positive semi-definite, of shape `(…, N, N)`.
    pub cov: Array,
    /// The dtype: `float32`.
    pub dtype: Dtype,
    /// The key; drawn from the thread's state where `None`.
    pub key: Option<Array>,
}

impl MultivariateNormal {
    /// Samples of `shape`, each of `N` numbers; of the shape that the leading axes broadcast to where `None`.
    ///
    /// # Errors
    /// When shapes do not fit, or the dtype is not `float32`.
    pub fn sample(&self, shape: Option<&[usize]>) -> Result<Array> {
        let MultivariateNormal { mean, cov, dtype, key } = self;
        let wrong = |what: &str| Err(Error::value(format!("[multivariate_normal] {what}.")));
        if *dtype != Dtype::Float32 {
            return wrong("dtype must be float32");
        }
        let [means @ .., n] = mean.shape() else { return wrong("mean must have at least one dimension") };
        let [covs @ .., rows, columns] = cov.shape() else { return wrong("cov must have at least two dimensions") };
        if rows != columns {
            return wrong("the last two dimensions of cov must be equal");
        }
        if n != columns {
            let (mean, cov) = (show(mean.shape()), show(cov.shape()));
            return wrong(&format!("mean of shape {mean} and cov of shape {cov} do not fit together"));
        }
        let leading = broadcast_all("multivariate_normal", [means, covs])?;
        let shape = shape.unwrap_or(&leading);
        if broadcast(&leading, shape).as_deref() != Some(shape) {
            let (leading, shape) = (show(&leading), show(shape));
            return wrong(&format!("the leading axes {leading} of mean and cov do not broadcast to the shape {shape}"));
        }
        // Rows of √S Vᵀ: their sum weighted with independent normal numbers has the covariance V S Vᵀ.
        let (_, s, vt) = svd(&astype(cov, *dtype)?)?;
        let root = multiply(expand_dims(&sqrt(&s)?, -1)?, vt)?;
        let whole: Shape = shape.iter().copied().chain([*n]).collect();
        let independent = Normal { key: key.clone(), ..Normal::default() }.sample(&whole)?;
        let correlated = squeeze(&matmul(&expand_dims(&independent, -2)?, &root)?, -2)?;
        add(correlated, astype(mean, *dtype)?)
    }
}
