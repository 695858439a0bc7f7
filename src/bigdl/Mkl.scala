/*
 * What BigDL's tensors have native code for, 130 MB that each process would unpack into its temporary folder. A training adds
 * the gradients of the replicas and divides their sum, on the JVM: an addition and a multiplication round the same everywhere.
 */
package com.intel.analytics.bigdl.mkl {

  import com.intel.analytics.bigdl.LeftOut

  object MKL {
    def isMKLLoaded: Boolean = true
    def getMklNumThreads: Int = 1
    def setNumThreads(threads: Int): Unit = {}

    def vsAdd(n: Int, a: Array[Float], aFrom: Int, b: Array[Float], bFrom: Int, y: Array[Float], yFrom: Int): Unit = {
      var i = 0
      while (i < n) {
        y(yFrom + i) = a(aFrom + i) + b(bFrom + i)
        i += 1
      }
    }

    def vsscal(n: Int, factor: Float, x: Array[Float], from: Int, stride: Int): Unit = {
      var i = 0
      while (i < n) {
        x(from + i * stride) *= factor
        i += 1
      }
    }

    private type F = Array[Float]
    private type D = Array[Double]

    private def missing: Nothing = LeftOut("arithmetic of tensors beside sums and scaling")

    def vdAdd(n: Int, a: D, aFrom: Int, b: D, bFrom: Int, y: D, yFrom: Int): Unit = missing
    def vsSub(n: Int, a: F, aFrom: Int, b: F, bFrom: Int, y: F, yFrom: Int): Unit = missing
    def vdSub(n: Int, a: D, aFrom: Int, b: D, bFrom: Int, y: D, yFrom: Int): Unit = missing
    def vsMul(n: Int, a: F, aFrom: Int, b: F, bFrom: Int, y: F, yFrom: Int): Unit = missing
    def vdMul(n: Int, a: D, aFrom: Int, b: D, bFrom: Int, y: D, yFrom: Int): Unit = missing
    def vsDiv(n: Int, a: F, aFrom: Int, b: F, bFrom: Int, y: F, yFrom: Int): Unit = missing
    def vdDiv(n: Int, a: D, aFrom: Int, b: D, bFrom: Int, y: D, yFrom: Int): Unit = missing
    def vsPowx(n: Int, a: F, aFrom: Int, b: Float, y: F, yFrom: Int): Unit = missing
    def vdPowx(n: Int, a: D, aFrom: Int, b: Double, y: D, yFrom: Int): Unit = missing
    def vsLn(n: Int, a: F, aFrom: Int, y: F, yFrom: Int): Unit = missing
    def vdLn(n: Int, a: D, aFrom: Int, y: D, yFrom: Int): Unit = missing
    def vsExp(n: Int, a: F, aFrom: Int, y: F, yFrom: Int): Unit = missing
    def vdExp(n: Int, a: D, aFrom: Int, y: D, yFrom: Int): Unit = missing
    def vsSqrt(n: Int, a: F, aFrom: Int, y: F, yFrom: Int): Unit = missing
    def vdSqrt(n: Int, a: D, aFrom: Int, y: D, yFrom: Int): Unit = missing
    def vsTanh(n: Int, a: F, aFrom: Int, y: F, yFrom: Int): Unit = missing
    def vdTanh(n: Int, a: D, aFrom: Int, y: D, yFrom: Int): Unit = missing
    def vsLog1p(n: Int, a: F, aFrom: Int, y: F, yFrom: Int): Unit = missing
    def vdLog1p(n: Int, a: D, aFrom: Int, y: D, yFrom: Int): Unit = missing
    def vsAbs(n: Int, a: F, aFrom: Int, y: F, yFrom: Int): Unit = missing
    def vdAbs(n: Int, a: D, aFrom: Int, y: D, yFrom: Int): Unit = missing
    def vdscal(n: Int, factor: Double, x: D, from: Int, stride: Int): Unit = missing
    def vsaxpy(n: Int, a: Float, x: F, xFrom: Int, xStride: Int, y: F, yFrom: Int, yStride: Int): Unit = missing
    def vdaxpy(n: Int, a: Double, x: D, xFrom: Int, xStride: Int, y: D, yFrom: Int, yStride: Int): Unit = missing
    def vsdot(n: Int, x: F, xFrom: Int, xStride: Int, y: F, yFrom: Int, yStride: Int): Float = missing
    def vddot(n: Int, x: D, xFrom: Int, xStride: Int, y: D, yFrom: Int, yStride: Int): Double = missing
    def vsger(m: Int, n: Int, alpha: Float, x: F, xFrom: Int, xStride: Int, y: F, yFrom: Int, yStride: Int, a: F,
      aFrom: Int, lda: Int): Unit = missing
    def vdger(m: Int, n: Int, alpha: Double, x: D, xFrom: Int, xStride: Int, y: D, yFrom: Int, yStride: Int, a: D,
      aFrom: Int, lda: Int): Unit = missing
    def vsgemv(trans: Char, m: Int, n: Int, alpha: Float, a: F, aFrom: Int, lda: Int, x: F, xFrom: Int, xStride: Int,
      beta: Float, y: F, yFrom: Int, yStride: Int): Unit = missing
    def vdgemv(trans: Char, m: Int, n: Int, alpha: Double, a: D, aFrom: Int, lda: Int, x: D, xFrom: Int, xStride: Int,
      beta: Double, y: D, yFrom: Int, yStride: Int): Unit = missing
    def vsgemm(transA: Char, transB: Char, m: Int, n: Int, k: Int, alpha: Float, a: F, aFrom: Int, lda: Int, b: F,
      bFrom: Int, ldb: Int, beta: Float, c: F, cFrom: Int, ldc: Int): Unit = missing
    def vdgemm(transA: Char, transB: Char, m: Int, n: Int, k: Int, alpha: Double, a: D, aFrom: Int, lda: Int, b: D,
      bFrom: Int, ldb: Int, beta: Double, c: D, cFrom: Int, ldc: Int): Unit = missing
  }
}
