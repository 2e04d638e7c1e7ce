//! The subscript notation: which axes of the operands are the same, and which are summed.
//!
//! A plan is made from the subscripts and shapes: axes get labels, and a greedy choice (the pair whose contraction frees most
//! memory first, as numpy's) orders the operands into pairwise steps. Each step is one product of matrices.

use super::matmul;
use crate::ext::*;
use crate::ops::elementwise::multiply;
use crate::ops::reduce::sum;
use crate::ops::view::{broadcast_to, diagonal, reshape_to, transpose};

op! {
    einsum "(subscripts: str, *operands: varargs)" => |c| einsum(c.str(0)?, c.arrays(1)?);
    /// The sum of products that `subscripts` describe, such as `"ij,jk->ik"`: a letter an axis, equal letters run together, letters
    /// that are not in the result are summed, `...` stands for axes that are broadcast. Without `->` the result has the letters
    /// that occur once, in alphabetical order.
    ///
    /// # Errors
    /// When the subscripts are malformed, do not fit the operands, or lengths under one letter differ.
    pub fn einsum(subscripts: &str, operands: &[Array]) -> Result<Array> {
        let shapes: Vec<&[usize]> = operands.iter().map(Array::shape).collect();
        let plan = Plan::new(subscripts, &shapes)?;
        let mut terms: Vec<Labelled> =
            operands.iter().zip(&plan.inputs).map(|(a, labels)| Labelled::new(a, labels, &plan)).collect::<Result<_>>()?;
        for &(i, j) in &plan.steps {
            let b = terms.remove(j);
            let a = terms.remove(i);
            let needed = |l: &Label| plan.output.contains(l) || terms.iter().any(|t| t.labels.contains(l));
            let product = a.times(b, &needed)?;
            terms.push(product);
        }
        let last = terms.pop().expect("at least one operand").keeping(&|l| plan.output.contains(l))?;
        last.ordered(&plan.output)
    }
}

/// The order in which [`einsum`](einsum()) contracts operands of these shapes, as positions in the shrinking list of operands, whose
/// end takes each result; and a description of what it saves.
///
/// # Errors
/// As [`einsum`](einsum()).
pub fn einsum_path(subscripts: &str, shapes: &[&[usize]]) -> Result<(Vec<Vec<usize>>, String)> {
    let plan = Plan::new(subscripts, shapes)?;
    let mut terms: Vec<Vec<Label>> = plan.inputs.iter().map(|labels| unique(labels)).collect();
    let all = unique(&plan.inputs.concat());
    let flops = |labels: &[Label], terms: usize, sums: bool| plan.size(labels) * (terms.max(2) - 1 + usize::from(sums)) as f64;
    let naive = flops(&all, terms.len(), all.len() > plan.output.len());
    let (mut count, mut scaling) = (0.0, 0);
    let mut steps: Vec<Vec<usize>> = plan.steps.iter().map(|&(i, j)| vec![i, j]).collect();
    if steps.is_empty() {
        (count, scaling) = (naive, all.len());
        steps.push(vec![0]);
    }
    for &(i, j) in &plan.steps {
        let b = terms.remove(j);
        let a = terms.remove(i);
        let both = unique(&[a, b].concat());
        let result = kept(&both, &plan.output, &terms);
        count += flops(&both, 2, result.len() < both.len());
        scaling = scaling.max(both.len());
        terms.push(result);
    }
    let summary = format!(
        "  Complete contraction:  {}\n         Naive scaling:  {}\n     Optimized scaling:  {scaling}\n      Naive FLOP count:  {naive}\n  Optimized FLOP count:  {count}\n",
        plan.text,
        all.len(),
    );
    Ok((steps, summary))
}

/// A letter, or an axis under `...`: those count from the last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Label {
    Dots(std::cmp::Reverse<usize>),
    Letter(char),
}

fn unique(labels: &[Label]) -> Vec<Label> {
    let mut seen = Vec::new();
    labels.iter().for_each(|l| {
        if !seen.contains(l) {
            seen.push(*l)
        }
    });
    seen
}

/// Those of `labels` that the result or a remaining term has.
fn kept(labels: &[Label], output: &[Label], rest: &[Vec<Label>]) -> Vec<Label> {
    labels.iter().copied().filter(|l| output.contains(l) || rest.iter().any(|t| t.contains(l))).collect()
}

struct Plan {
    /// The labels of each operand's axes.
    inputs: Vec<Vec<Label>>,
    output: Vec<Label>,
    /// The length under each label.
    lengths: Vec<(Label, usize)>,
    /// Pairs of positions, the smaller first.
    steps: Vec<(usize, usize)>,
    /// The subscripts without spaces.
    text: String,
}

impl Plan {
    fn new(subscripts: &str, shapes: &[&[usize]]) -> Result<Plan> {
        let text: String = subscripts.chars().filter(|c| !c.is_whitespace()).collect();
        let (left, right) = match text.split_once("->") {
            Some((left, right)) => (left, Some(right)),
            None => (&text[..], None),
        };
        let parts: Vec<&str> = left.split(',').collect();
        if parts.len() != shapes.len() {
            let message = format!(
                "[einsum] Number of operands, {}, does not match number of input subscripts, {}",
                shapes.len(),
                parts.len()
            );
            return Err(Error::value(message));
        }
        let inputs = parts.iter().zip(shapes).enumerate().map(|(i, (p, s))| input(p, i, s)).collect::<Result<Vec<_>>>()?;
        let lengths = lengths(&inputs, shapes)?;
        let output = output(right, &inputs)?;
        let mut plan = Plan { inputs, output, lengths, steps: Vec::new(), text: text.clone() };
        plan.steps = plan.greedy();
        Ok(plan)
    }

    fn length(&self, label: Label) -> usize {
        self.lengths.iter().find(|(l, _)| *l == label).map_or(1, |(_, n)| *n)
    }

    fn size(&self, labels: &[Label]) -> f64 {
        labels.iter().map(|&l| self.length(l) as f64).product()
    }

    fn greedy(&self) -> Vec<(usize, usize)> {
        let mut terms: Vec<Vec<Label>> = self.inputs.iter().map(|labels| unique(labels)).collect();
        let mut steps = Vec::new();
        while terms.len() > 1 {
            let mut best: Option<(bool, f64, f64, (usize, usize))> = None;
            for i in 0..terms.len() {
                for j in i + 1..terms.len() {
                    let both = unique(&[&terms[i][..], &terms[j]].concat());
                    let rest: Vec<_> = (0..terms.len()).filter(|&t| t != i && t != j).map(|t| terms[t].clone()).collect();
                    let result = kept(&both, &self.output, &rest);
                    let freed = self.size(&terms[i]) + self.size(&terms[j]) - self.size(&result);
                    // Pairs that share nothing come last.
                    let apart = !terms[i].iter().any(|l| terms[j].contains(l));
                    let candidate = (apart, -freed, self.size(&both), (i, j));
                    if best.is_none_or(|b| (candidate.0, candidate.1, candidate.2) < (b.0, b.1, b.2)) {
                        best = Some(candidate);
                    }
                }
            }
            let Some((.., (i, j))) = best else { break };
            let b = terms.remove(j);
            let a = terms.remove(i);
            let result = kept(&unique(&[a, b].concat()), &self.output, &terms);
            terms.push(result);
            steps.push((i, j));
        }
        steps
    }
}

/// The labels that `part` gives the axes of operand `i`.
fn input(part: &str, i: usize, shape: &[usize]) -> Result<Vec<Label>> {
    let (before, after, dots) = match part.split_once("...") {
        Some((before, after)) => (before, after, true),
        None => (part, "", false),
    };
    let named: Vec<Label> = before.chars().chain(after.chars()).map(letter).collect::<Result<_>>()?;
    if named.len() > shape.len() || (!dots && named.len() < shape.len()) {
        let (n, ndim) = (named.len(), shape.len());
        return Err(Error::value(format!("[einsum] Invalid number of subscripts {n} for input {i} with {ndim} dimensions.")));
    }
    let hidden = shape.len() - named.len();
    let (front, back) = named.split_at(before.chars().count());
    Ok([front, &dotted(hidden), back].concat())
}

fn dotted(n: usize) -> Vec<Label> {
    (0..n).rev().map(|i| Label::Dots(std::cmp::Reverse(i))).collect()
}

fn letter(c: char) -> Result<Label> {
    if c.is_alphabetic() {
        return Ok(Label::Letter(c));
    }
    Err(Error::value(format!("[einsum] Subscripts must be letters, but got '{c}'.")))
}

/// The length under each label: axes of length 1 are repeated.
fn lengths(inputs: &[Vec<Label>], shapes: &[&[usize]]) -> Result<Vec<(Label, usize)>> {
    let mut lengths: Vec<(Label, usize)> = Vec::new();
    for (i, (labels, shape)) in inputs.iter().zip(shapes).enumerate() {
        for (axis, (&label, &n)) in labels.iter().zip(*shape).enumerate() {
            match lengths.iter_mut().find(|(l, _)| *l == label) {
                None => lengths.push((label, n)),
                Some((_, known)) if *known == 1 => *known = n,
                Some((_, known)) if n != 1 && n != *known => {
                    let shape = show(shape);
                    return Err(Error::value(format!(
                        "[einsum] Cannot broadcast dimension {axis} of input {i} with shape {shape} to size {known}."
                    )));
                }
                Some(_) => {}
            }
        }
    }
    Ok(lengths)
}

fn output(right: Option<&str>, inputs: &[Vec<Label>]) -> Result<Vec<Label>> {
    let all = inputs.concat();
    let mut dots: Vec<Label> = unique(&all).into_iter().filter(|l| matches!(l, Label::Dots(_))).collect();
    dots.sort();
    let Some(right) = right else {
        let mut once: Vec<Label> = all.iter().copied().filter(|l| all.iter().filter(|m| *m == l).count() == 1).collect();
        once.retain(|l| matches!(l, Label::Letter(_)));
        once.sort();
        return Ok([dots, once].concat());
    };
    let (before, after, has_dots) = match right.split_once("...") {
        Some((before, after)) => (before, after, true),
        None => (right, "", false),
    };
    let named = |part: &str| part.chars().map(letter).collect::<Result<Vec<_>>>();
    let output = [named(before)?, if has_dots { dots } else { Vec::new() }, named(after)?].concat();
    if unique(&output).len() != output.len() {
        return Err(Error::value(format!("[einsum] The result '{right}' names an axis twice.")));
    }
    if let Some(Label::Letter(c)) = output.iter().find(|l| !all.contains(l)) {
        return Err(Error::value(format!("[einsum] The result has an axis '{c}' that no input has.")));
    }
    Ok(output)
}

/// An operand with its axes labelled.
struct Labelled {
    array: Array,
    labels: Vec<Label>,
}

impl Labelled {
    /// `a` with axes of one label made one, and of the length of its label.
    fn new(a: &Array, labels: &[Label], plan: &Plan) -> Result<Labelled> {
        let shape: Shape = labels.iter().map(|&l| plan.length(l)).collect();
        let (mut array, mut labels) = (broadcast_to(a, &shape)?, labels.to_vec());
        while let Some((i, j)) = repeated(&labels) {
            array = diagonal(&array, 0, i as i64, j as i64)?;
            labels.remove(j);
            let label = labels.remove(i);
            labels.push(label);
        }
        Ok(Labelled { array, labels })
    }

    /// Summed over the labels that are not wanted.
    fn keeping(self, wanted: &dyn Fn(&Label) -> bool) -> Result<Labelled> {
        let gone: Vec<i64> = (0..self.labels.len()).filter(|&i| !wanted(&self.labels[i])).map(|i| i as i64).collect();
        if gone.is_empty() {
            return Ok(self);
        }
        let labels = self.labels.iter().copied().filter(|l| wanted(l)).collect();
        Ok(Labelled { array: sum(&self.array, gone)?, labels })
    }

    /// With the axes in this order; all of them.
    fn ordered(&self, labels: &[Label]) -> Result<Array> {
        let place = |l: &Label| self.labels.iter().position(|m| m == l).expect("a label of this operand") as i64;
        transpose(&self.array, labels.iter().map(place).collect::<Vec<i64>>())
    }

    fn length(&self, label: Label) -> usize {
        self.labels.iter().position(|&l| l == label).map_or(1, |i| self.array.shape()[i])
    }

    /// The product with `other`, summed over the labels that nobody needs any more.
    fn times(self, other: Labelled, needed: &dyn Fn(&Label) -> bool) -> Result<Labelled> {
        let a = {
            let shared = other.labels.clone();
            self.keeping(&|l| needed(l) || shared.contains(l))?
        };
        let b = other.keeping(&|l| needed(l) || a.labels.contains(l))?;
        let of = |x: &Labelled, f: &dyn Fn(&Label) -> bool| x.labels.iter().copied().filter(f).collect::<Vec<_>>();
        let batch = of(&a, &|l| b.labels.contains(l) && needed(l));
        let summed = of(&a, &|l| b.labels.contains(l) && !needed(l));
        let (rows, columns) = (of(&a, &|l| !b.labels.contains(l)), of(&b, &|l| !a.labels.contains(l)));
        let lengths = |x: &Labelled, labels: &[Label]| labels.iter().map(|&l| x.length(l)).collect::<Shape>();
        let (s, m, k, n) = (lengths(&a, &batch), lengths(&a, &rows), lengths(&a, &summed), lengths(&b, &columns));
        let shape = [&s[..], &m, &n].concat();
        let left = a.ordered(&[&batch[..], &rows, &summed].concat())?;
        let right = b.ordered(&[&batch[..], &summed, &columns].concat())?;
        let array = if summed.is_empty() {
            let left = reshape_to(&left, &[&s[..], &m, &vec![1; n.len()]].concat())?;
            let right = reshape_to(&right, &[&s[..], &vec![1; m.len()], &n].concat())?;
            multiply(left, right)?
        } else {
            let (left, right) = (
                reshape_to(&left, &[&s[..], &[size(&m), size(&k)]].concat())?,
                reshape_to(&right, &[&s[..], &[size(&k), size(&n)]].concat())?,
            );
            reshape_to(&matmul(&left, &right)?, &shape)?
        };
        Ok(Labelled { array, labels: [batch, rows, columns].concat() })
    }
}

fn repeated(labels: &[Label]) -> Option<(usize, usize)> {
    (0..labels.len()).find_map(|i| (i + 1..labels.len()).find(|&j| labels[j] == labels[i]).map(|j| (i, j)))
}
