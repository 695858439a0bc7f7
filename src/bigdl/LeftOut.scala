/*
 * The names that BigDL's DistriOptimizer mentions and a training here never reaches: graphs and layers of BigDL, its
 * MKL-DNN and 8-bit back ends, importers and exporters, image pipelines, TensorBoard, other optimisers. Each has just what the
 * compiler asks for; nobody can make an instance, and what can be called throws. So the hundreds of files behind them
 * need not be compiled, nor protobuf, TensorFlow's classes and the rest be on the class path.
 */
package com.intel.analytics.bigdl {

  /** Says which part of BigDL is missing. */
  private[bigdl] object LeftOut {
    def apply(what: String): Nothing = throw new UnsupportedOperationException(
      s"$what is not part of RobustTrain's build of BigDL, see docs/decisions/0010-spark-3.5.md")
  }

  package nn {

    import com.intel.analytics.bigdl.nn.abstractnn.{AbstractModule, Activity}
    import com.intel.analytics.bigdl.tensor.TensorNumericMath.TensorNumeric
    import com.intel.analytics.bigdl.utils.Node
    import scala.reflect.ClassTag

    abstract class Graph[T: ClassTag] private (implicit ev: TensorNumeric[T])
      extends Container[Activity, Activity, T] {
      def getSortedForwardExecutions(): Array[Graph.ModuleNode[T]]
      def setInputFormats(formats: Seq[Int]): this.type
      def setOutputFormats(formats: Seq[Int]): this.type
    }

    object Graph {
      type ModuleNode[T] = Node[AbstractModule[Activity, Activity, T]]
      def apply[T: ClassTag](inputs: Array[ModuleNode[T]], outputs: Array[ModuleNode[T]])(
        implicit ev: TensorNumeric[T]): Graph[T] = LeftOut("Graph")
    }

    trait StaticGraph[T] { def toSingleGraph(): Graph[T] }

    object Input {
      def apply[T: ClassTag]()(implicit ev: TensorNumeric[T]): Graph.ModuleNode[T] = LeftOut("Input")
    }

    package tf {
      import com.intel.analytics.bigdl.tensor.Tensor
      trait Const[T, B] { def value: Tensor[B]; def getName(): String }
    }

    package quantized {
      object Quantization
    }

    package keras {
      object Input
      object Sequential
    }

    package mkldnn {
      class TensorMMap private () extends Serializable { def setNative(from: TensorMMap): Unit = LeftOut("MKL-DNN") }
      trait MklDnnModule
      trait MklDnnLayer { def paramsMMap(): (Array[TensorMMap], Array[TensorMMap]) }
      trait MklDnnContainer { def compile(phase: Phase): Unit }
      trait DnnGraph { def compile(phase: Phase): Unit }
    }
  }

  package dataset {

    package image {
      import java.nio.file.Path

      case class LocalLabeledImagePath(path: Path, label: Float)

      object LocalImageFiles { def readPaths(folder: Path): Array[LocalLabeledImagePath] = LeftOut("ImageFolder") }

      object BGRImage { def readImage(path: Path, scale: Int): Array[Byte] = LeftOut("ImageFolder") }

      class LabeledBGRImage {
        def copy(bytes: Array[Byte], scale: Float): LabeledBGRImage = LeftOut("ImageFolder")
        def setLabel(label: Float): LabeledBGRImage = LeftOut("ImageFolder")
      }
    }

    package segmentation {
      import java.nio.ByteBuffer

      case class Annotation(categoryIdx: Int, isCrowd: Boolean, masks: AnyRef, bbox1: Float, bbox2: Float, bbox3: Float, bbox4: Float)

      class COCODeserializer(bytes: ByteBuffer) {
        def getInt: Int = LeftOut("COCODataset")
        def getString: String = LeftOut("COCODataset")
        def getAnnotations: (Int, Int, Array[Annotation]) = LeftOut("COCODataset")
      }

      object COCODataset { val MAGIC_NUM = 0 }
    }
  }

  package tensor {

    abstract class QuantizedTensor[T] private () extends Tensor[T] {
      def getStorage: Array[Byte]
      def getNativeStorage: Long
      def maxOfRow: Array[T]
      def minOfRow: Array[T]
      def sumOfRow: Array[T]
      def params: QuantizedTensor.Params
      def release(): this.type
    }

    object QuantizedTensor {
      trait Params { def copy(): Params }
      def apply[T](storage: Array[Byte], maxOfRow: Array[T], minOfRow: Array[T], sumOfRow: Array[T],
        size: Array[Int], params: Params): QuantizedTensor[T] = LeftOut("QuantizedTensor")
    }
  }

  package optim {

    import com.intel.analytics.bigdl.dataset.{DistributedDataSet, LocalDataSet, MiniBatch, PaddingParam, Sample}
    import com.intel.analytics.bigdl.nn.abstractnn.Activity
    import com.intel.analytics.bigdl.transform.vision.image.{ImageFrame, LocalImageFrame}
    import org.apache.spark.rdd.RDD

    trait ValidationResult extends Serializable {
      def result(): (Float, Int)
      def +(other: ValidationResult): ValidationResult
    }

    trait ValidationMethod[T] extends Serializable with Cloneable {
      def apply(output: Activity, target: Activity): ValidationResult
      override def clone(): ValidationMethod[T] = super.clone().asInstanceOf[ValidationMethod[T]]
    }

    trait Evaluator[T] {
      def test(samples: RDD[Sample[T]], methods: Array[ValidationMethod[T]], batch: Option[Int]):
        Array[(ValidationResult, ValidationMethod[T])]
      def testMiniBatch(batches: RDD[MiniBatch[T]], methods: Array[ValidationMethod[T]]):
        Array[(ValidationResult, ValidationMethod[T])]
    }

    object Evaluator { def apply[T](model: Module[T]): Evaluator[T] = LeftOut("Evaluator") }

    trait Validator[T] {
      def test(methods: Array[ValidationMethod[T]]): Array[(ValidationResult, ValidationMethod[T])]
    }

    object Validator {
      def apply[T](model: Module[T], data: LocalDataSet[MiniBatch[T]]): Validator[T] = LeftOut("Validator")
    }

    trait Predictor[T] {
      def predict(samples: RDD[Sample[T]], batch: Int, share: Boolean): RDD[Activity]
      def predictClass(samples: RDD[Sample[T]], batch: Int): RDD[Int]
      def predictImage(images: ImageFrame, layer: String, share: Boolean, key: String): ImageFrame
      def shutdown(): Unit
    }

    object Predictor {
      def apply[T](model: Module[T]): Predictor[T] = LeftOut("Predictor")
      def apply[T](model: Module[T], padding: Option[PaddingParam[T]], batch: Int): Predictor[T] = LeftOut("Predictor")
    }

    object LocalPredictor {
      def apply[T](model: Module[T], padding: Option[PaddingParam[T]], batch: Int): Predictor[T] = LeftOut("LocalPredictor")
    }

    class DistriOptimizerV2[T](_model: Module[T], _dataset: DistributedDataSet[MiniBatch[T]], _criterion: Criterion[T]) {
      LeftOut("DistriOptimizerV2")
    }

    class LocalOptimizer[T](model: Module[T], dataset: LocalDataSet[MiniBatch[T]], criterion: Criterion[T]) {
      LeftOut("LocalOptimizer")
    }
  }

  package utils {

    sealed trait TorchObject
    object TorchObject { case object TYPE_MODULE extends TorchObject }

    private[bigdl] object TorchFile {
      def load[T](path: String): T = LeftOut("TorchFile")
      def save(source: Any, path: String, kind: TorchObject, overwrite: Boolean): Unit = LeftOut("TorchFile")
    }

    package caffe {
      import com.intel.analytics.bigdl.nn.abstractnn.{AbstractModule, Activity}

      object CaffePersister {
        def persist[T](prototxt: String, path: String, model: AbstractModule[_ <: Activity, _ <: Activity, T],
          v2: Boolean, overwrite: Boolean): Unit = LeftOut("CaffePersister")
      }

      object CaffeLoader {
        def load[T](model: Module[T], definition: String, path: String, matchAll: Boolean): Module[T] = LeftOut("CaffeLoader")
        def loadCaffe[T](definition: String, path: String): (Module[T], Any) = LeftOut("CaffeLoader")
      }
    }

    package tf {
      import com.intel.analytics.bigdl.nn.Graph
      import java.nio.ByteOrder

      sealed trait TensorflowDataFormat
      object TensorflowDataFormat { case object NHWC extends TensorflowDataFormat }

      trait Session[T]

      object TensorflowLoader {
        def load[T](graph: String, inputs: Seq[String], outputs: Seq[String], order: ByteOrder, binary: Option[String],
          backward: Boolean): Module[T] = LeftOut("TensorflowLoader")
        def checkpoints[T](graph: String, binary: String, order: ByteOrder): Session[T] = LeftOut("TensorflowLoader")
      }

      object TensorflowSaver {
        def saveGraph[T](graph: Graph[T], inputs: Seq[(String, Seq[Int])], path: String, order: ByteOrder,
          format: TensorflowDataFormat): Unit = LeftOut("TensorflowSaver")
      }
    }

    package intermediate {
      import com.intel.analytics.bigdl.nn.Graph
      import com.intel.analytics.bigdl.nn.abstractnn.{AbstractModule, Activity}
      import com.intel.analytics.bigdl.tensor.TensorNumericMath.TensorNumeric
      import scala.reflect.ClassTag

      abstract class IRGraph[T: ClassTag] private (implicit ev: TensorNumeric[T])
        extends AbstractModule[Activity, Activity, T] {
        def graph: Graph[T]
      }

      /** A model of our own is what the back end MKL-BLAS runs: there is nothing to convert. */
      object ConversionUtils {
        def convert[T](model: Module[T], quantize: Boolean = false): Module[T] =
          if (quantize) LeftOut("quantisation") else model
      }
    }

    package serializer {

      import scala.collection.mutable

      case object ProtoStorageType

      trait Builder { def build: Builder }

      case class ModuleData[T](module: Module[T], before: Seq[String], after: Seq[String])

      case class SerializeContext[T](module: ModuleData[T], storages: mutable.HashMap[Int, Any],
        kind: ProtoStorageType.type, copy: Boolean)

      case class DeserializeContext(module: Builder, storages: mutable.HashMap[Int, Any], kind: ProtoStorageType.type,
        copy: Boolean)

      trait Serialized { def bigDLModule: Builder }

      object ModuleSerializer {
        def serialize[T](context: SerializeContext[T]): Serialized = LeftOut("ModuleSerializer")
        def load[T](context: DeserializeContext): ModuleData[T] = LeftOut("ModuleSerializer")
      }

      object ModulePersister {
        def setTensorStorage(module: Builder, storages: mutable.HashMap[Int, Any]): Unit = LeftOut("ModulePersister")
        def saveToFile(path: String, weights: String, module: Any, overwrite: Boolean): Unit = LeftOut("ModulePersister")
        def saveModelDefinitionToFile(path: String, module: Any, overwrite: Boolean): Unit = LeftOut("ModulePersister")
      }

      object ModuleLoader {
        def initTensorStorage[T](context: DeserializeContext): Unit = LeftOut("ModuleLoader")
        def loadFromFile[T](path: String, weights: String): Module[T] = LeftOut("ModuleLoader")
      }
    }
  }

  package visualization {

    import com.intel.analytics.bigdl.optim.Trigger
    import com.intel.analytics.bigdl.tensor.Tensor

    abstract class Summary private[visualization] () {
      def addScalar(tag: String, value: Float, step: Long): this.type
      def addHistogram[T](tag: String, value: Tensor[T], step: Long): this.type
    }

    abstract class TrainSummary private () extends Summary {
      def getSummaryTrigger(name: String): Option[Trigger]
      def getScalarTriggers(): Iterator[(String, Trigger)]
    }

    abstract class ValidationSummary private () extends Summary
  }

  package transform.vision.image {

    import org.apache.spark.rdd.RDD

    abstract class ImageFeature private () extends Serializable {
      def apply[T](key: String): T
      def update(key: String, value: Any): Unit
      def contains(key: String): Boolean
      def isValid: Boolean
    }

    object ImageFeature {
      val predict = "predict"
      val sample = "sample"
      val label = "label"
      val originalSize = "originalSize"
      def apply(bytes: Array[Byte], label: Any = null, uri: String = null): ImageFeature = LeftOut("ImageFeature")
    }

    sealed trait ImageFrame {
      def isDistributed(): Boolean
      def toDistributed(): DistributedImageFrame
    }

    trait DistributedImageFrame extends ImageFrame { def rdd: RDD[ImageFeature] }

    trait LocalImageFrame extends ImageFrame { def array: Array[ImageFeature] }

    object ImageFrame { def rdd(features: RDD[ImageFeature]): ImageFrame = LeftOut("ImageFrame") }

    object RoiImageInfo { val ISCROWD = "iscrowd" }

    package label.roi {
      import com.intel.analytics.bigdl.tensor.Tensor
      case class RoiLabel(classes: Tensor[Float], boxes: Tensor[Float], masks: Any)
    }
  }
}
